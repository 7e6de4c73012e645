package storage

import (
	"errors"
	"hash/fnv"
	"io"
)

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	metaSize    = 64 // without the page's header
	leastPage   = 1 << 10
	mostPage    = 1 << 24
)

// meta is one of the two roots of a file. The newer one that is intact counts.
type meta struct {
	pageSize, root, freelist, pages, txid uint64
}

// readMeta reads the meta page at an offset; ok only if it is intact.
func readMeta(r io.ReaderAt, at int64) (m meta, ok bool, err error) {
	b := make([]byte, headerSize+metaSize)
	if err := readAt(r, b, at); err != nil {
		if _, short := errors.AsType[damage](err); short {
			err = nil
		}
		return m, false, err
	}
	b = b[headerSize:]
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8])
	m = meta{
		pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}
	ok = order.Uint32(b) == boltMagic && order.Uint32(b[4:]) == boltVersion &&
		order.Uint64(b[56:]) == sum.Sum64() &&
		m.pageSize >= leastPage && m.pageSize <= mostPage && m.pageSize&(m.pageSize-1) == 0
	return m, ok, nil
}

// findMeta gives the meta that bbolt will use. The second one is searched for
// as bbolt does it, since its place depends on the size of the pages.
func findMeta(r io.ReaderAt) (meta, error) {
	first, ok, err := readMeta(r, 0)
	if err != nil {
		return meta{}, err
	}
	if ok {
		second, ok, err := readMeta(r, int64(first.pageSize))
		if err == nil && ok && second.pageSize == first.pageSize && second.txid > first.txid {
			return second, nil
		}
		return first, err
	}
	for size := int64(leastPage); size <= mostPage; size *= 2 {
		second, ok, err := readMeta(r, size)
		if err != nil {
			return meta{}, err
		}
		if ok && int64(second.pageSize) == size {
			return second, nil
		}
	}
	return meta{}, damaged("it is not a bbolt database, or both of its meta pages are broken")
}

// readAt fills b. A file that is too short is damaged; other errors are those of the disk.
func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return damaged("it ends at byte %d, in the middle of a page", at+int64(n))
	}
	return err
}
