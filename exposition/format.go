package exposition

import (
	"bytes"
	"compress/flate"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/job"
)

// formatter appends samples as text. What one family's samples have in common
// is put together once.
type formatter struct {
	openMetrics bool
	families    []family
	deflaters   sync.Pool // of *deflater, for what is kept
}

// family is how the samples of one metric are written: name and labels, sorted
// by label name, cut where a label's value goes.
type family struct {
	header    string // the lines HELP and TYPE
	beginning string // of each line, up to the job ID if that stands first
	pieces    []piece
	shared    int // so many pieces are the same for all samples of a job
	samples   func([]collector.Sample, collector.View) []collector.Sample
}

// piece is text, and the label whose value follows it.
type piece struct {
	text  string
	label int // in Family.AllLabels: 0 is provider, 1 is job_id, then the family's own
}

func newFormatter(t expfmt.FormatType) *formatter {
	f := &formatter{
		openMetrics: t == expfmt.TypeOpenMetrics,
		deflaters:   sync.Pool{New: func() any { return newDeflater(flate.DefaultCompression) }},
	}
	for _, described := range collector.Families() {
		f.families = append(f.families, f.compile(described))
	}
	return f
}

func (f *formatter) compile(described collector.Family) family {
	help := strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	if f.openMetrics {
		help = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	}
	c := family{
		header: "# HELP " + described.Name + " " + help.Replace(described.Help) + "\n" +
			"# TYPE " + described.Name + " gauge\n",
		samples: described.Samples,
	}
	labels := described.AllLabels()
	text := described.Name + "{"
	for _, name := range slices.Sorted(slices.Values(labels)) {
		p := piece{text + name + `="`, slices.Index(labels, name)}
		text = `",`
		if c.shared == len(c.pieces) && p.label < 2 {
			c.shared++
		}
		c.pieces = append(c.pieces, p)
	}
	if first := c.pieces[0]; first.label == 1 {
		c.beginning = first.text
	}
	return c
}

// scratch is what one scrape works with.
type scratch struct {
	now      time.Time
	maxStale time.Duration

	samples  []collector.Sample
	text     []byte    // to be deflated
	deflater *deflater // large; made when first needed
	buffer   []byte    // of the output
}

// appendJob appends the samples that one family has of a job.
func (f *formatter) appendJob(b []byte, m *family, state *job.State, s *scratch) []byte {
	s.samples = m.samples(s.samples[:0], collector.View{State: state, Now: s.now, MaxStale: s.maxStale})
	start, end := len(b), 0
	for i := range s.samples {
		sample := &s.samples[i]
		if i == 0 {
			b = appendLabels(b, m.pieces[:m.shared], state, sample)
			end = len(b)
		} else {
			b = append(b, b[start:end]...)
		}
		b = appendLabels(b, m.pieces[m.shared:], state, sample)
		b = append(b, `"} `...)
		b = f.appendFloat(b, sample.Value)
		b = append(b, '\n')
	}
	return b
}

func appendLabels(b []byte, pieces []piece, state *job.State, sample *collector.Sample) []byte {
	for i := range pieces {
		p := &pieces[i]
		b = append(b, p.text...)
		switch p.label {
		case 0:
			b = appendEscaped(b, state.Provider)
		case 1:
			b = appendEscaped(b, state.ID)
		default:
			b = appendEscaped(b, sample.Labels[p.label-2])
		}
	}
	return b
}

// appendEscaped appends a label's value, which nearly always needs no escaping.
func appendEscaped(b []byte, s string) []byte {
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '\n') < 0 {
		return append(b, s...)
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, c)
		}
	}
	return b
}

// appendFloat appends a number as expfmt writes it.
func (f *formatter) appendFloat(b []byte, x float64) []byte {
	start := len(b)
	switch x {
	case 0:
		b = append(b, '0')
	case 1:
		b = append(b, '1')
	default:
		b = strconv.AppendFloat(b, x, 'g', -1, 64)
	}
	if f.openMetrics && !bytes.ContainsAny(b[start:], "e.IN") {
		b = append(b, ".0"...)
	}
	return b
}
