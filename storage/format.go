package storage

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// The format of the file is described in the comment of the package.
const (
	headerName = "cloudjob_exporter storage "
	fileHeader = headerName + "1\n"

	marker    = "\xffCJ\xfe"
	sumAt     = len(marker)
	lengthsAt = sumAt + 4
	headSize  = lengthsAt + 2 + 4
	maxRecord = 64 << 10 // with its head
)

// record is the latest value of a key. An empty value deletes the key.
type record struct{ key, value string }

func (r record) size() int { return headSize + len(r.key) + len(r.value) }

func appendRecord(b []byte, r record) []byte {
	start := len(b)
	b = append(b, marker...)
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.key)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.value)))
	b = append(append(b, r.key...), r.value...)
	binary.BigEndian.PutUint32(b[start+sumAt:], checksum(b[start+lengthsAt:]))
	return b
}

func checksum(b []byte) uint32 {
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}

var (
	errDamaged = errors.New("damaged record")
	errTorn    = fmt.Errorf("%w: its end is missing", errDamaged)
)

// decodeRecord decodes the record that b begins with.
func decodeRecord(b []byte) (record, error) {
	if n := min(len(b), len(marker)); string(b[:n]) != marker[:n] {
		return record{}, errDamaged
	}
	if len(b) < headSize {
		return record{}, errTorn
	}
	value := headSize + int(binary.BigEndian.Uint16(b[lengthsAt:]))
	size := int64(value) + int64(binary.BigEndian.Uint32(b[lengthsAt+2:]))
	switch {
	case value == headSize || size > maxRecord:
		return record{}, errDamaged
	case size > int64(len(b)):
		return record{}, errTorn
	case binary.BigEndian.Uint32(b[sumAt:]) != checksum(b[lengthsAt:size]):
		return record{}, errDamaged
	}
	return record{key: string(b[headSize:value]), value: string(b[value:size])}, nil
}

// contents is what was found in a file.
type contents struct {
	records  int   // that are intact, including those that later ones replace
	damaged  int   // records that could not be read
	intact   int64 // bytes before the first damage
	torn     bool  // the only damage is that the end of the last record is missing, as after a kill
	unusable error // what else is wrong with the file; nil if nothing is
}

// complete reports whether records can be appended to the file as it is.
func (c contents) complete() bool { return c.intact > 0 && c.damaged == 0 && c.unusable == nil }

// readJournal reads a file from its header on, and calls visit for every intact
// record, from the oldest to the latest. Its error is one of reading.
func readJournal(file io.Reader, visit func(record)) (contents, error) {
	r := bufio.NewReaderSize(file, 2*maxRecord)
	start, err := r.Peek(maxRecord)
	header, _, _ := bytes.Cut(start, []byte("\n"))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return contents{}, err
	case len(start) == 0:
		return contents{}, nil
	case len(start) < len(fileHeader) && strings.HasPrefix(fileHeader, string(start)):
		return contents{damaged: 1, torn: true}, nil
	case string(header)+"\n" != fileHeader:
		unusable := foreign(start)
		c, err := scan(r, true, visit) // perhaps only the header is damaged
		c.unusable, c.torn = unusable, false
		return c, err
	}
	_, _ = r.Discard(len(fileHeader))
	c, err := scan(r, false, visit)
	if c.intact += int64(len(fileHeader)); c.damaged > 0 && !c.torn {
		c.unusable = fmt.Errorf("%d records are damaged, the first at byte %d", c.damaged, c.intact)
	}
	return c, err
}

// foreign returns what a file is that begins in another way than with the header.
func foreign(start []byte) error {
	const bboltMagic, magicAt = 0xED0CDAED, 16
	version, found := bytes.CutPrefix(start, []byte(headerName))
	version, _, ended := bytes.Cut(version, []byte("\n"))
	switch {
	case found && ended && len(version) < 10:
		return fmt.Errorf("its format has version %q, and this program knows version 1", version)
	case len(start) >= magicAt+4 && binary.NativeEndian.Uint32(start[magicAt:]) == bboltMagic:
		return errors.New("it is a bbolt database, which builds before the first release wrote and this program cannot read")
	}
	return errors.New("it is not a storage file of this program, or its first line is damaged")
}

// scan reads records up to the end of the file. After damage it goes on at the
// next intact record; skipping is true if that is how it begins.
func scan(r *bufio.Reader, skipping bool, visit func(record)) (c contents, err error) {
	for {
		window, err := r.Peek(maxRecord)
		atEnd := errors.Is(err, io.EOF)
		if err != nil && !atEnd {
			return c, err
		}
		if len(window) == 0 {
			return c, nil
		}
		decoded, err := decodeRecord(window)
		if err == nil {
			visit(decoded)
			c.records++
			if c.damaged == 0 {
				c.intact += int64(decoded.size())
			}
			c.torn, skipping = false, false
			_, _ = r.Discard(decoded.size())
			continue
		}
		if !skipping || bytes.HasPrefix(window, []byte(marker)) {
			c.damaged++
			c.torn = errors.Is(err, errTorn) && c.damaged == 1
		}
		skipping = true
		_, _ = r.Discard(toMarker(window, atEnd))
	}
}

// toMarker returns how many bytes, at least one, come before the next marker.
func toMarker(window []byte, atEnd bool) int {
	if i := bytes.Index(window[1:], []byte(marker)); i >= 0 {
		return 1 + i
	}
	if atEnd {
		return len(window)
	}
	return len(window) - len(marker) + 1 // it may begin in the last bytes
}
