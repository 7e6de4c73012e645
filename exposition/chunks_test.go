package exposition

import (
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// madeAgain counts the chunks of after that are not those of before.
func madeAgain(before, after []chunk[[]fragment]) (n int) {
	for _, c := range after {
		if !slices.ContainsFunc(before, func(old chunk[[]fragment]) bool { return old.kept == c.kept }) {
			n++
		}
	}
	return n
}

func TestOnlyChunksThatChangeAreMadeAgain(t *testing.T) {
	const smallest = 10
	jobs := answered(200, job.Success).Jobs()
	running := func(i int) *job.State {
		return (&job.State{Job: jobs[i].Job}).Answered(job.Report{Status: job.Running}, time.Now())
	}
	with := func(i int, state *job.State) []*job.State {
		changed := slices.Clone(jobs)
		changed[i] = state
		return changed
	}
	without := func(from, to int) []*job.State { return slices.Delete(slices.Clone(jobs), from, to) }
	again := *jobs[5]
	tests := []struct {
		name          string
		before, after []*job.State
		want          int
	}{
		{"the same snapshot", jobs, jobs, 0},
		{"the same jobs", jobs, slices.Clone(jobs), 0},
		{"an unfinished job is polled", with(70, running(70)), with(70, running(70)), 0},
		{"a job ends", with(70, running(70)), jobs, 1},
		{"a state is a new one", jobs, with(5, &again), 1},
		{"the first job goes", jobs, without(0, 1), 1},
		{"a job comes", without(100, 101), jobs, 1},
		{"the last job comes", without(199, 200), jobs, 1},
		{"an unfinished job comes", without(100, 101), with(100, running(100)), 0},
		{"a chunk and a half go", jobs, without(20, 50), 1},
		{"a few are left", jobs, jobs[:3], 1},
		{"none is left", jobs, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &New(expfmt.TypeTextPlain).zipped
			c.smallest = smallest
			before := c.of(tt.before)
			after := c.of(tt.after)
			if got := madeAgain(before, after); got != tt.want {
				t.Errorf("%d chunks were made again, want %d", got, tt.want)
			}
			n := 0
			for _, c := range after {
				if len(c.jobs) > 4*smallest || len(c.jobs) < smallest && len(after) > 1 {
					t.Errorf("a chunk has %d jobs", len(c.jobs))
				}
				n += len(c.jobs)
			}
			if n != len(tt.after) {
				t.Errorf("the chunks have %d jobs, want %d", n, len(tt.after))
			}
		})
	}
}

func TestCombine(t *testing.T) {
	text := []byte(strings.Repeat("job_up{job_id=\"a\"} 1\n", 100))
	for _, n := range []int{0, 1, 7, 8, 63, 64, 1000, len(text)} {
		got := combine(crc32.ChecksumIEEE(text[:n]), crc32.ChecksumIEEE(text[n:]), shift(len(text)-n))
		if want := crc32.ChecksumIEEE(text); got != want {
			t.Errorf("cut at %d: %08x, want %08x", n, got, want)
		}
	}
}

func TestScrapesAtTheSameTime(t *testing.T) {
	var snapshots []poller.Snapshot
	synctest.Test(t, func(*testing.T) {
		p := newPopulation(1)
		for range 30 {
			p.live()
			snapshots = append(snapshots, p.snapshot())
		}
	})
	writers := newWriters(8, 1000)
	var wg sync.WaitGroup
	for i := range 8 {
		x, rest := writers[expfmt.TypeTextPlain], "up 1\n"
		if i%2 == 0 {
			x = writers[expfmt.TypeOpenMetrics]
		}
		write := []func(*testing.T, *Writer, poller.Snapshot, string) string{plain, unzipped}[i/2%2]
		wg.Go(func() {
			for n := range snapshots {
				s := snapshots[(n+i)%len(snapshots)]
				got := write(t, x, s, rest)
				if strings.Count(got, "\njob_up{") != len(s.Jobs()) || !strings.HasSuffix(got, rest) {
					t.Errorf("the answer has not all %d jobs:\n%s", len(s.Jobs()), got)
				}
			}
		})
	}
	wg.Wait()
}
