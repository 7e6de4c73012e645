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
	*output
	size uint32
	crc  uint32
}

// newMember starts a member with a header that tells nothing but the method.
func newMember(o *output) *member {
	o.b = append(o.b, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
	return &member{output: o}
}

func (m *member) add(f fragment) error {
	m.size += uint32(f.size) //nolint:gosec // modulo 2^32, as the format has it
	m.crc = combine(m.crc, f.crc, f.shift)
	return m.write(f.deflated)
}

// end adds the text of a whole member, as compress/gzip writes it without a
// file name, and ends with its end.
func (m *member) end(other []byte) error {
	n := len(other) - gzipTrailer
	if n < gzipHeader {
		return io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint32(other[n+4:])
	err := m.add(fragment{
		deflated: other[gzipHeader:n],
		size:     int(size),
		crc:      binary.LittleEndian.Uint32(other[n:]),
		shift:    shift(int(size)),
	})
	m.b = binary.LittleEndian.AppendUint32(m.b, m.crc)
	m.b = binary.LittleEndian.AppendUint32(m.b, m.size)
	return err
}
