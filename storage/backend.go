package storage

import (
	"errors"
	"iter"
)

var (
	errInUse    = errors.New("another process uses this file; each exporter needs one of its own")
	errReplaced = errors.New("the file was removed or changed by someone else")
)

// backend keeps the latest value of each key on a disk. Only one goroutine at a
// time calls it. The one implementation is journal.
type backend interface {
	// open opens what is stored, once more if it is open, or creates it, and calls
	// visit for each record, from the oldest to the latest. What it returns was
	// found, and visited, even if there is an error. If it is not complete, compact
	// is to be called before write. The error is errInUse if another process uses
	// the same storage.
	open(visit func(record)) (contents, error)

	// write stores records so that they survive a crash. Without records it only
	// looks whether what was opened is still there. After an error none of them is
	// stored; if it is errReplaced, open is to be called, else write can be again.
	write(records []record) error

	// compact replaces all that is stored by these records, at once. If it fails,
	// what was stored before still is. With keepOld, the old file stays under
	// another name, which compact returns.
	compact(records iter.Seq[record], keepOld bool) (oldName string, err error)

	// close lets others use the storage. All that was written is stored already.
	close()
}
