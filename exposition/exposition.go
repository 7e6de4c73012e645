// Package exposition shows jobs in the text format and in OpenMetrics at the
// least cost: it formats them straight from a snapshot, and keeps what it made of
// those that are final. What it shows is what the collector shows.
package exposition

import (
	"cmp"
	"io"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/poller"
)

// Writer writes snapshots in one format. It may be used by any number of
// scrapes at once: they wait for each other only while something new is kept,
// and never for a client.
type Writer struct {
	format     *formatter
	rows       chunks[rows]
	zipped     chunks[[]fragment]
	memory     *memory
	scratch    sync.Pool // of *scratch
	bufferSize int
}

// New makes a writer of a format: expfmt.TypeTextPlain or TypeOpenMetrics.
func New(t expfmt.FormatType) *Writer {
	f := newFormatter(t)
	return &Writer{
		format:     f,
		rows:       chunks[rows]{make: f.rowsOf, smallest: minChunk},
		zipped:     chunks[[]fragment]{make: f.fragmentsOf, smallest: minChunk},
		memory:     newMemory(),
		scratch:    sync.Pool{New: func() any { return &scratch{} }},
		bufferSize: bufferSize,
	}
}

// Write writes the jobs, and then rest: the other metrics in the same format,
// with its end. Of each family it writes the final jobs, ordered by key, and
// then those that have not ended. Its error is that of w.
func (x *Writer) Write(w io.Writer, s poller.Snapshot, rest []byte) error {
	kept := x.rows.of(s.Jobs())
	return x.write(w, s, func(o *output, scratch *scratch) error {
		if err := x.format.writeText(o, kept, scratch); err != nil {
			return err
		}
		return o.write(rest)
	})
}

// WriteGzip writes the same as one gzip member. The rest is one too, as
// compress/gzip makes it without a file name.
func (x *Writer) WriteGzip(w io.Writer, s poller.Snapshot, rest []byte) error {
	kept := x.zipped.of(s.Jobs())
	return x.write(w, s, func(o *output, scratch *scratch) error {
		m, p := newMember(o), x.memory.pieces(scratch)
		if err := x.format.writeGzip(m, kept, p, scratch); err != nil {
			return err
		}
		p.keep()
		return m.end(rest)
	})
}

func (x *Writer) write(w io.Writer, s poller.Snapshot, body func(*output, *scratch) error) error {
	scratch := x.scratch.Get().(*scratch)
	defer x.scratch.Put(scratch)
	scratch.now, scratch.maxStale = time.Now(), s.MaxStale
	o := &output{w, scratch.buffer[:0], x.bufferSize}
	defer func() { scratch.buffer = o.b }()
	return cmp.Or(body(o, scratch), o.flush())
}
