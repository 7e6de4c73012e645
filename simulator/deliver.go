package simulator

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// fillSize is the unit in which a body is filled up; it is made once for any size.
const fillSize = 1 << 20

// deliverWith writes an answer in the way of a fault.
func (c *Cloud) deliverWith(w http.ResponseWriter, r *http.Request, a Answer, f Fault) {
	header := w.Header()
	maps.Copy(header, a.Header)
	body := chunks(a.Body, f.Size)
	if f.Gzip {
		body = compress(body)
		header.Set("Content-Encoding", "gzip")
	}
	length := 0
	for _, b := range body {
		length += len(b)
	}
	declared, sent := length, length
	switch f.Delivery {
	case HangInBody, Cut:
		sent = length / 2
	case ShortLength:
		declared, sent = length/2, length/2
	case LongLength:
		declared = 2 * length
	}
	header.Set("Content-Length", strconv.Itoa(declared))
	w.WriteHeader(a.Status)
	if f.Delivery == Drip {
		c.drip(w, r, body)
		return
	}
	for _, b := range body {
		b = b[:min(len(b), sent)]
		sent -= len(b)
		if _, err := w.Write(b); err != nil {
			return
		}
	}
	switch f.Delivery {
	case HangInBody:
		_ = http.NewResponseController(w).Flush()
		c.hang(r.Context())
		panic(http.ErrAbortHandler)
	case Cut, LongLength:
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// drip writes a body one byte a second.
func (c *Cloud) drip(w http.ResponseWriter, r *http.Request, body [][]byte) {
	flusher := http.NewResponseController(w)
	for _, b := range body {
		for i := range b {
			if _, err := w.Write(b[i : i+1]); err != nil || flusher.Flush() != nil {
				return
			}
			if c.wait(r.Context(), time.Second) != nil {
				panic(http.ErrAbortHandler)
			}
		}
	}
}

// chunks is a body, filled up with spaces to size. Most of the chunks share
// their memory, so that a body may be much larger than what it takes up.
func chunks(body []byte, size int) [][]byte {
	parts := [][]byte{body}
	if missing := size - len(body); missing > 0 {
		fill := bytes.Repeat([]byte(" "), min(missing, fillSize))
		for ; missing > 0; missing -= len(fill) {
			parts = append(parts, fill[:min(missing, len(fill))])
		}
	}
	return parts
}

// compress makes one gzip member of each chunk, and the same chunk the same one.
func compress(parts [][]byte) [][]byte {
	var out [][]byte
	for i, p := range parts {
		if i > 1 && len(p) == len(parts[i-1]) {
			out = append(out, out[i-1])
			continue
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(p) // a bytes.Buffer takes everything
		_ = z.Close()
		out = append(out, b.Bytes())
	}
	return out
}

// resetter is a ResponseWriter without a connection that can be reset all the same.
type resetter interface{ reset() }

// reset ends a connection with a TCP reset before anything was written. Where
// there is no TCP connection to take over, it is only cut.
func reset(w http.ResponseWriter) {
	if r, ok := w.(resetter); ok {
		r.reset()
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // so that closing sends RST
	}
	_ = conn.Close()
}
