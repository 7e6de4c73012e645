package exposition

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The lengths of what stands before and behind the deflate stream of a member.
const (
	gzipHeader  = 10
	gzipTrailer = 8
)

// fragment is text, deflated by itself and flushed to a byte boundary, so that
// fragments in a row are one deflate stream.
type fragment struct {
	deflated []byte
	size     int    // of the text
	crc      uint32 // of the text
	shift    uint32 // by size
}

// deflater makes fragments.
type deflater struct {
	writer *flate.Writer
	buffer bytes.Buffer
}

func newDeflater(level int) *deflater {
	writer, _ := flate.NewWriter(io.Discard, level) // fails on a level that there is not
	return &deflater{writer: writer}
}

// deflate makes a fragment of a text; an empty one of no text.
func (d *deflater) deflate(text []byte) fragment {
	if len(text) == 0 {
		return fragment{shift: one}
	}
	d.buffer.Reset()
	d.writer.Reset(&d.buffer) // what stands before a fragment may change
	_, _ = d.writer.Write(text)
	_ = d.writer.Flush() // a buffer takes everything
	return fragment{
		deflated: bytes.Clone(d.buffer.Bytes()),
		size:     len(text),
		crc:      crc32.ChecksumIEEE(text),
		shift:    shift(len(text)),
	}
}

// member is a gzip member (RFC 1952) made of fragments.
type member struct {
	pieces [][]byte
	length int // of the pieces
	size   uint32
	crc    uint32
}

// newMember starts with a header that tells nothing but the method.
func newMember() *member {
	m := &member{}
	m.append([]byte{0: 0x1f, 1: 0x8b, 2: 8, gzipHeader - 1: 0xff})
	return m
}

func (m *member) append(b []byte) {
	m.pieces = append(m.pieces, b)
	m.length += len(b)
}

func (m *member) add(f fragment) {
	m.append(f.deflated)
	m.size += uint32(f.size) // modulo 2^32, as the format has it
	m.crc = combine(m.crc, f.crc, f.shift)
}

// end adds the text of a whole member, as compress/gzip writes it without a
// file name, and ends with its end.
func (m *member) end(other []byte) error {
	n := len(other) - gzipTrailer
	if n < gzipHeader {
		return io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint32(other[n+4:])
	m.add(fragment{
		deflated: other[gzipHeader:n],
		size:     int(size),
		crc:      binary.LittleEndian.Uint32(other[n:]),
		shift:    shift(int(size)),
	})
	trailer := binary.LittleEndian.AppendUint32(nil, m.crc)
	m.append(binary.LittleEndian.AppendUint32(trailer, m.size))
	return nil
}
