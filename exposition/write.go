package exposition

import (
	"compress/flate"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// writeText writes the families of a snapshot: of each the final jobs, then
// the unfinished ones.
func (f *formatter) writeText(o *output, snapshot poller.Snapshot, s *scratch) error {
	for i := range f.families {
		m := &f.families[i]
		start := len(o.b)
		o.b = append(o.b, m.header...)
		empty := len(o.b)
		for pass, jobs := range [...][]*job.State{snapshot.Jobs, s.unfinished} {
			for n, state := range jobs {
				if n%readAhead == 0 {
					s.read += read(jobs[n:min(n+readAhead, len(jobs))])
				}
				if pass == 0 && !state.Final() {
					continue
				}
				o.b = f.appendJob(o.b, m, state, s)
				if o.full() && len(o.b) != empty {
					if err := o.flush(); err != nil {
						return err
					}
					empty = -1
				}
			}
		}
		if len(o.b) == empty {
			o.b = o.b[:start] // nobody has a sample
		}
	}
	return nil
}

// readAhead is how many jobs are read at a time.
const readAhead = 32

// read reads what will be formatted, so that it is in the processor's cache by
// then. The jobs lie scattered over the memory; in a loop as short as this the
// processor waits for many of them at once, which halves the time of a scrape
// of 100,000. The result is of no use.
func read(jobs []*job.State) (sum int) {
	for _, state := range jobs {
		sum += len(state.ErrorCode) + state.FailedSubJobs + len(state.Err)
		if id := state.ID; id != "" {
			sum += int(id[0]) + int(id[len(id)-1]) + len(state.Statuses)
		}
	}
	return sum
}

// writeGzip writes the same as a gzip member, but for its end.
func (f *formatter) writeGzip(m *member, chunks []chunk, s *scratch) error {
	if s.deflater == nil {
		s.deflater = newDeflater(flate.BestSpeed)
	}
	for i := range f.families {
		start := len(s.text)
		s.text = append(s.text, f.families[i].header...)
		empty := len(s.text)
		for _, c := range chunks {
			if c.fragments[i].size == 0 {
				continue
			}
			if len(s.text) > 0 {
				if err := m.add(s.deflater.deflate(s.text)); err != nil {
					return err
				}
				s.text, empty = s.text[:0], -1
			}
			if err := m.add(c.fragments[i]); err != nil {
				return err
			}
		}
		for _, state := range s.unfinished {
			s.text = f.appendJob(s.text, &f.families[i], state, s)
			if len(s.text) > m.n && len(s.text) != empty {
				if err := m.add(s.deflater.deflate(s.text)); err != nil {
					return err
				}
				s.text, empty = s.text[:0], -1
			}
		}
		if len(s.text) == empty {
			s.text = s.text[:start]
		}
	}
	return m.add(s.deflater.deflate(s.text))
}
