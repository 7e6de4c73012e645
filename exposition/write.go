package exposition

import "cloudjob_exporter/job"

// writeText writes the families: of each the final jobs, then the unfinished
// ones.
func (f *formatter) writeText(o *output, kept []chunk[rows], s *scratch) error {
	for i := range f.families {
		m := &f.families[i]
		start := len(o.b)
		o.b = append(o.b, m.header...)
		empty := len(o.b)
		flush := func() error {
			if !o.full() || len(o.b) == empty {
				return nil
			}
			empty = -1
			return o.flush()
		}
		for _, c := range kept {
			for n := range c.kept.idEnds {
				o.b = c.kept.appendTo(o.b, i, m.beginning, n)
				if err := flush(); err != nil {
					return err
				}
			}
		}
		for _, c := range kept {
			for _, state := range c.unfinished {
				o.b = f.appendJob(o.b, m, state, s)
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if len(o.b) == empty {
			o.b = o.b[:start] // nobody has a sample
		}
	}
	return nil
}

// writeGzip writes the same as a gzip member, but for its end.
func (f *formatter) writeGzip(m *member, kept []chunk[[]fragment], p *pieces, s *scratch) error {
	s.text = s.text[:0]
	for i := range f.families {
		start := len(s.text)
		s.text = append(s.text, f.families[i].header...)
		empty := len(s.text)
		flush := func() error {
			fresh := p.deflate(s.text)
			s.text, empty = s.text[:0], -1
			return m.add(fresh)
		}
		for _, c := range kept {
			fragment := (*c.kept)[i]
			if fragment.size == 0 {
				continue
			}
			if len(s.text) > 0 {
				if err := flush(); err != nil {
					return err
				}
			}
			if err := m.add(fragment); err != nil {
				return err
			}
		}
		for _, c := range kept {
			for _, state := range c.unfinished {
				s.text = f.appendJob(s.text, &f.families[i], state, s)
				if len(s.text) >= p.size && len(s.text) != empty {
					if err := flush(); err != nil {
						return err
					}
				}
			}
		}
		switch {
		case len(s.text) == empty:
			s.text = s.text[:start]
		case len(s.text) >= p.size/8: // the next family's pieces do not depend on this one's lengths
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return m.add(p.deflate(s.text))
}

// fragmentsOf deflates the final jobs of a run, a fragment for each family.
func (f *formatter) fragmentsOf(jobs []*job.State) *[]fragment {
	deflater := f.deflaters.Get().(*deflater)
	defer f.deflaters.Put(deflater)
	fragments := make([]fragment, len(f.families))
	var text []byte
	var s scratch // what is final does not depend on the time
	for i := range f.families {
		text = text[:0]
		for _, state := range jobs {
			if state.Final() {
				text = f.appendJob(text, &f.families[i], state, &s)
			}
		}
		fragments[i] = deflater.deflate(text)
	}
	return &fragments
}
