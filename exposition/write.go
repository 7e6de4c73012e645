package exposition

import (
	"io"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// flushAt is how much text is gathered before it is written.
const flushAt = 64 << 10

// writeText writes the families of a snapshot: of each the final jobs, then
// the unfinished ones.
func (f *formatter) writeText(w io.Writer, snapshot poller.Snapshot, s *scratch) error {
	b := s.text
	defer func() { s.text = b }()
	for i := range f.families {
		m := &f.families[i]
		start := len(b)
		b = append(b, m.header...)
		empty := len(b)
		for pass, jobs := range [...][]*job.State{snapshot.Jobs, s.unfinished} {
			for _, state := range jobs {
				if pass == 0 && !state.Final() {
					continue
				}
				b = f.appendJob(b, m, state, s)
				if len(b) < flushAt {
					continue
				}
				if _, err := w.Write(b); err != nil {
					return err
				}
				b, empty = b[:0], -1
			}
		}
		if len(b) == empty {
			b = b[:start] // nobody has a sample
		}
	}
	_, err := w.Write(b)
	return err
}

// deflate gives the same as a gzip member without its end.
func (f *formatter) deflate(chunks []chunk, s *scratch) *member {
	m := newMember()
	for i := range f.families {
		start := len(s.text)
		s.text = append(s.text, f.families[i].header...)
		empty := len(s.text)
		for _, c := range chunks {
			if c.fragments[i].size == 0 {
				continue
			}
			if len(s.text) > 0 {
				m.add(s.deflater.deflate(s.text))
				s.text, empty = s.text[:0], -1
			}
			m.add(c.fragments[i])
		}
		for _, state := range s.unfinished {
			s.text = f.appendJob(s.text, &f.families[i], state, s)
		}
		if len(s.text) == empty {
			s.text = s.text[:start]
		}
	}
	m.add(s.deflater.deflate(s.text))
	return m
}
