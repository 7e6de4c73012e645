package exposition

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// inflate gives the text of a fragment.
func inflate(t *testing.T, f fragment) string {
	t.Helper()
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(f.deflated)))
	if !errors.Is(err, io.ErrUnexpectedEOF) { // other fragments would follow
		t.Fatal(err)
	}
	return string(text)
}

// tellsOf gives the names of the families of which a text has samples.
func tellsOf(text string) (names []string) {
	for _, family := range collector.Families() {
		if strings.Contains(text, "\n"+family.Name+"{") || strings.HasPrefix(text, family.Name+"{") {
			names = append(names, family.Name)
		}
	}
	return names
}

func TestOnlyTextThatChangesIsDeflatedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answered(100, job.Running)
		s.MaxStale = time.Hour
		x := New(expfmt.TypeTextPlain)
		x.memory.size = 4 << 10
		// deflated are the families of which the next answer deflates anything.
		deflated := func() string {
			before := *x.memory.last.Load()
			unzipped(t, x, s, "")
			now := *x.memory.last.Load()
			names := map[string]bool{}
			for hash, f := range now {
				if _, ok := before[hash]; !ok {
					for _, name := range tellsOf(inflate(t, f)) {
						names[name] = true
					}
				}
			}
			return strings.Join(slices.Sorted(maps.Keys(names)), " ")
		}
		if n := strings.Count(deflated(), " ") + 1; n != 8 {
			t.Errorf("the first answer deflates samples of %d families, want 8", n)
		}
		if got := deflated(); got != "" {
			t.Errorf("the same answer deflates %s again", got)
		}
		time.Sleep(1234567 * time.Microsecond)
		if got, want := deflated(), "job_duration_seconds"; got != want {
			t.Errorf("later, %s are deflated, want %s", got, want)
		}
		var polled []*job.State
		for _, state := range s.Jobs() {
			polled = append(polled, state.Answered(job.Report{Status: job.Running, Begin: state.Begin}, time.Now()))
		}
		s = poller.NewSnapshot(s.MaxStale, polled...)
		if got, want := deflated(), "job_last_poll_success_timestamp_seconds"; got != want {
			t.Errorf("after a poll, %s are deflated, want %s", got, want)
		}
		time.Sleep(2 * s.MaxStale)
		if got, want := deflated(), "job_duration_seconds job_status"; got != want {
			t.Errorf("when the jobs have become unknown, %s are deflated, want %s", got, want)
		}
	})
}

func TestAnAnswerThatNobodyTakesLeavesWhatIsKept(t *testing.T) {
	s := answered(100, job.Running)
	x := New(expfmt.TypeTextPlain)
	unzipped(t, x, s, "")
	before := x.memory.last.Load()
	x.bufferSize = 1
	_, w := io.Pipe()
	_ = w.Close()
	if err := x.WriteGzip(w, s, zip("")); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("got %v", err)
	}
	if x.memory.last.Load() != before {
		t.Error("what is kept has changed")
	}
}
