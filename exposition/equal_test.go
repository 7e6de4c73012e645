package exposition

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/poller"
)

// formats are the two that a Writer knows, each with the end of its texts.
var formats = map[expfmt.FormatType]struct {
	format expfmt.Format
	rest   string
}{
	expfmt.TypeTextPlain:   {expfmt.NewFormat(expfmt.TypeTextPlain), "up 1\n"},
	expfmt.TypeOpenMetrics: {expfmt.NewFormat(expfmt.TypeOpenMetrics), "# EOF\n"},
}

// plain is what a writer writes.
func plain(t *testing.T, x *Writer, s poller.Snapshot, rest string) string {
	t.Helper()
	var b bytes.Buffer
	if err := x.Write(&b, s, []byte(rest)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unzipped is what a writer writes compressed.
func unzipped(t *testing.T, x *Writer, s poller.Snapshot, rest string) string {
	t.Helper()
	var b bytes.Buffer
	if err := x.WriteGzip(&b, s, zip(rest)); err != nil {
		t.Fatal(err)
	}
	return unzip(t, &b)
}

func zip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close() // a buffer takes everything
	return b.Bytes()
}

func unzip(t *testing.T, b *bytes.Buffer) string {
	t.Helper()
	r, err := gzip.NewReader(b)
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() > 0 {
		t.Errorf("%d bytes stand behind the member", b.Len())
	}
	return string(text)
}

// oracle is how the collector's metrics are exposed.
func oracle(t *testing.T, s poller.Snapshot, format expfmt.Format) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector.Of(s))
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	encoder := expfmt.NewEncoder(&b, format)
	for _, family := range gathered {
		if err := encoder.Encode(family); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// families sorts the samples of each family, behind its HELP and TYPE. Within a
// family the order of samples has no meaning.
func families(text string) (names []string, byName map[string][]string) {
	byName = map[string][]string{}
	for block := range strings.SplitSeq(text, "# HELP ") {
		name, _, _ := strings.Cut(block, " ")
		lines := strings.SplitAfter(block, "\n")
		if len(lines) > 2 {
			slices.Sort(lines[2:])
		}
		names = append(names, name)
		byName[name] = append(byName[name], lines...) // a family that is there twice is seen to be longer
	}
	return names, byName
}

// compare holds both views of a snapshot against each other.
func compare(t *testing.T, writers map[expfmt.FormatType]*Writer, s poller.Snapshot) {
	t.Helper()
	for which, f := range formats {
		text := plain(t, writers[which], s, f.rest)
		if got := unzipped(t, writers[which], s, f.rest); got != text {
			t.Errorf("%s: the compressed answer differs:\n%s\nwant:\n%s", f.format, got, text)
		}
		jobs, ok := strings.CutSuffix(text, f.rest)
		if !ok {
			t.Errorf("%s: the rest is not at the end", f.format)
		}
		want := oracle(t, s, f.format)
		gotNames, got := families(jobs)
		wantNames, wanted := families(want)
		if !slices.Equal(gotNames, wantNames) || !maps.EqualFunc(got, wanted, slices.Equal) {
			t.Errorf("%s:\n%s\nwant these lines, in any order within a family:\n%s", f.format, jobs, want)
		}
	}
}

func newWriters(smallest, bufferSize int) map[expfmt.FormatType]*Writer {
	writers := map[expfmt.FormatType]*Writer{}
	for which := range formats {
		x := New(which)
		x.rows.smallest, x.zipped.smallest, x.bufferSize = smallest, smallest, bufferSize
		x.memory.size = bufferSize
		writers[which] = x
	}
	return writers
}

func lives(t *testing.T, p *population, rounds int) {
	writers := newWriters(1+p.IntN(8), 1+p.IntN(5000))
	for range rounds {
		compare(t, writers, p.snapshot())
		if t.Failed() {
			return
		}
		p.live()
	}
}

func TestBothViewsAreEqualThroughTheLivesOfJobs(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) { lives(t, newPopulation(seed), 12) })
	}
}

func TestBothViewsAreEqualOfManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPopulation(1)
		for range 6000 {
			p.add()
		}
		writers := newWriters(minChunk, bufferSize)
		for range 2 {
			p.live()
			compare(t, writers, p.snapshot())
		}
	})
}

func FuzzBothViewsAreEqual(f *testing.F) {
	f.Add(uint64(1), "createLoadbalancer", "ELB.0001")
	f.Add(uint64(2), `"\`+"\n", "\x00\r\t")
	f.Add(uint64(3), "名前", "\u2028{}")
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // what comes from YAML and JSON is valid
		}
		synctest.Test(t, func(t *testing.T) { lives(t, newPopulation(seed, a, b), 5) })
	})
}
