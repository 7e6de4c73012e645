package storage

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// bbolt maps its file into memory and trusts what stands there: one wrong byte
// can make it panic in a goroutine of its own, run in a circle or allocate
// without end, and nothing of that can be caught. So the file is read here
// first, without trust, and bbolt gets only one that holds together. What is
// checked is what bbolt's own check looks at: https://github.com/etcd-io/bbolt,
// tx_check.go; the format is that of internal/common/{meta,page}.go.
const (
	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of an element: its value is a bucket

	headerSize   = 16 // of a page
	elementSize  = 16 // in a branch or a leaf
	bucketSize   = 16 // the root page and a sequence; an inline page may follow
	noFreelist   = ^uint64(0)
	manyFree     = 0xFFFF // count of a freelist whose real count is its first element
	firstTreeIDs = 2      // the pages before are the two metas
)

var order = binary.NativeEndian // bbolt writes memory as it is

// damage tells why a file cannot be used. Such a file is moved aside, in
// contrast to one that cannot be read just now.
type damage struct{ reason string }

func (d damage) Error() string { return d.reason }

func damaged(format string, args ...any) error { return damage{fmt.Sprintf(format, args...)} }

// pages reads the pages of a file, each once. It goes on after a damage, for
// the sake of the records that can still be read.
type pages struct {
	meta
	r       io.ReaderAt
	claimed []bool // pages that something refers to
	damage  error  // the first one
}

// note notes a damage; any other error it gives back.
func (p *pages) note(err error) error {
	if _, ok := errors.AsType[damage](err); !ok {
		return err
	}
	if p.damage == nil {
		p.damage = err
	}
	return nil
}

// scan reads a file of size bytes and gives each key and value to visit, which
// must not keep them. An error of accept, which gets the names of the buckets,
// ends it.
func scan(r io.ReaderAt, size int64, accept func(name []byte) error, visit func(key, value []byte)) error {
	m, err := findMeta(r)
	if err != nil {
		return err
	}
	if m.pages > uint64(size)/m.pageSize {
		return damaged("it is cut off: %d pages of %d bytes do not fit into %d bytes", m.pages, m.pageSize, size)
	}
	p := &pages{meta: m, r: r, claimed: make([]bool, m.pages)}
	leaf := func(e element) error {
		if e.flags != 0 {
			return damaged("an element has the unknown flags %#x", e.flags)
		}
		visit(e.key, e.value)
		return nil
	}
	err = p.walk(m.root, nil, nil, func(e element) error {
		if err := accept(e.key); err != nil {
			return err
		}
		return p.bucket(e, leaf)
	})
	if err == nil && p.damage == nil {
		err = p.checkFree()
	}
	return cmp.Or(err, p.damage)
}

// bucket reads the elements of a bucket.
func (p *pages) bucket(e element, leaf func(element) error) error {
	if e.flags != bucketFlag || len(e.value) < bucketSize {
		return damaged("%q is not a bucket", e.key)
	}
	if root := order.Uint64(e.value); root != 0 {
		return p.walk(root, nil, nil, leaf)
	}
	// It is so small that its page stands here.
	b := e.value[bucketSize:]
	if len(b) < headerSize || order.Uint16(b[8:]) != leafFlag {
		return damaged("a bucket is neither on a page nor inline")
	}
	elements, err := elementsOf(b, 0)
	if err != nil {
		return err
	}
	return p.each(elements, nil, nil, 0, leaf)
}

// walk reads the tree below a page, in order. Its first key is low and all are
// below high, where these are given. It ends, since no page is read twice.
func (p *pages) walk(id uint64, low, high []byte, leaf func(element) error) error {
	b, err := p.read(id)
	if err != nil {
		return err
	}
	elements, err := elementsOf(b, id)
	if err != nil {
		return err
	}
	switch flags := order.Uint16(b[8:]); {
	case flags != leafFlag && flags != branchFlag:
		return damaged("page %d is neither branch nor leaf", id)
	case len(elements) == 0 && (flags == branchFlag || low != nil):
		return damaged("page %d is empty", id)
	case flags == leafFlag:
		return p.each(elements, low, high, id, leaf)
	}
	i := 0
	return p.each(elements, low, high, id, func(e element) error {
		next := high
		if i++; i < len(elements) {
			next = elements[i].key
		}
		return p.walk(e.child, e.key, next, leaf)
	})
}

// each calls do for each element. Keys must ascend, from low on and below high.
// That a branch gives the very first key of each child is what bbolt relies on
// when it writes, though its own check is content with less.
func (p *pages) each(elements []element, low, high []byte, id uint64, do func(element) error) error {
	for i, e := range elements {
		if i == 0 && low != nil && !bytes.Equal(e.key, low) || high != nil && bytes.Compare(e.key, high) >= 0 ||
			i > 0 && bytes.Compare(elements[i-1].key, e.key) >= 0 {
			_ = p.note(damaged("the keys of page %d are out of order", id))
		}
		if err := p.note(do(e)); err != nil {
			return err
		}
	}
	return nil
}

// read reads a page with its overflow, and claims both.
func (p *pages) read(id uint64) ([]byte, error) {
	if id < firstTreeIDs || id >= p.pages {
		return nil, damaged("something refers to page %d of %d", id, p.pages)
	}
	b := make([]byte, p.pageSize)
	if err := readAt(p.r, b, int64(id*p.pageSize)); err != nil {
		return nil, err
	}
	overflow := uint64(order.Uint32(b[12:]))
	if own := order.Uint64(b); own != id || overflow >= p.pages-id {
		return nil, damaged("page %d has a wrong header", id)
	}
	for i := id; i <= id+overflow; i++ {
		if err := p.claim(i); err != nil {
			return nil, err
		}
	}
	if overflow == 0 {
		return b, nil
	}
	whole := make([]byte, (1+overflow)*p.pageSize)
	copy(whole, b)
	return whole, readAt(p.r, whole[p.pageSize:], int64((id+1)*p.pageSize))
}

func (p *pages) claim(id uint64) error {
	if id < firstTreeIDs || id >= p.pages || p.claimed[id] {
		return damaged("page %d is used twice, or is none", id)
	}
	p.claimed[id] = true
	return nil
}

// checkFree checks that each page is either part of the tree or free.
func (p *pages) checkFree() error {
	if p.freelist == noFreelist {
		return nil // bbolt makes one from the tree when it opens the file
	}
	b, err := p.read(p.freelist)
	if err != nil {
		return err
	}
	if order.Uint16(b[8:]) != freelistFlag {
		return damaged("page %d is not the list of free pages", p.freelist)
	}
	count, ids := uint64(order.Uint16(b[10:])), b[headerSize:]
	if count == manyFree {
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return damaged("the list of free pages is longer than its page")
	}
	for i := range count {
		if err := p.claim(order.Uint64(ids[8*i:])); err != nil {
			return err
		}
	}
	for id := uint64(firstTreeIDs); id < p.pages; id++ {
		if !p.claimed[id] {
			return damaged("page %d is neither used nor free", id)
		}
	}
	return nil
}
