package exposition

import "io"

// bufferSize is how much is gathered before it is written.
const bufferSize = 256 << 10

// output gathers what goes to a client.
type output struct {
	w io.Writer
	b []byte // to be appended to
	n int    // flush when b is that long
}

func (o *output) full() bool { return len(o.b) >= o.n }

// flush writes what is gathered.
func (o *output) flush() error {
	_, err := o.w.Write(o.b)
	o.b = o.b[:0]
	return err
}

// write appends b, and flushes if that is enough.
func (o *output) write(b []byte) error {
	o.b = append(o.b, b...)
	if o.full() {
		return o.flush()
	}
	return nil
}
