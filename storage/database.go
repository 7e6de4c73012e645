package storage

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// openDatabase opens a checked file. If it fails, the file is closed or is to be.
func openDatabase(f *os.File) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer asError(&err)
	db, err = bbolt.Open(f.Name(), 0o600, &bbolt.Options{
		Timeout:      startPatience, // for systems where lock does nothing
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		OpenFile:     func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if errors.Is(err, berrors.ErrTimeout) {
		err = errInUse
	}
	return db, err
}

// panicked is a panic as an error.
type panicked struct{ reason any }

func (p panicked) Error() string { return fmt.Sprintf("the database is broken: %v", p.reason) }

// asError makes an error of a panic. bbolt panics over pages that are not what
// they should be, and so does a fault in mapped memory.
func asError(err *error) {
	if r := recover(); r != nil {
		*err = panicked{r}
	}
}

// write writes values by key; nil deletes. If it fails, the file is closed,
// and what bbolt thinks of it forgotten.
func (f *file) write(changes map[string][]byte) (err error) {
	defer func() {
		if _, ok := errors.AsType[panicked](err); ok {
			// bbolt may still hold its locks, and would wait for them for ever.
			unlock(f.opened)
			_ = f.opened.Close()
			f.db = nil
		} else if err != nil {
			f.close()
		}
	}()
	defer asError(&err)
	return f.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketName)
		if err != nil {
			return err
		}
		for key, value := range changes {
			if value == nil {
				err = b.Delete([]byte(key))
			} else {
				err = b.Put([]byte(key), value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// close closes the file, if it is open. All that was written is safe already.
func (f *file) close() {
	if f.db != nil {
		_ = f.db.Close()
		f.db = nil
	}
}
