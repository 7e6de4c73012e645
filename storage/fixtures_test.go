package storage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/fixture"
	"cloudjob_exporter/job"
)

// testStore is a store with what it tells the world.
type testStore struct {
	*Store
	path     string
	logs     *fixture.Logs
	registry *prometheus.Registry
}

func openTest(t *testing.T, path string, openFile opener) *testStore {
	t.Helper()
	ts := &testStore{path: path, logs: &fixture.Logs{}, registry: prometheus.NewRegistry()}
	s, err := open(path, level.NewFilter(log.NewLogfmtLogger(ts.logs), level.AllowInfo()), ts.registry, newJournal(path, openFile))
	if err != nil {
		t.Fatal(err)
	}
	ts.Store = s
	t.Cleanup(func() { _ = s.Close() })
	return ts
}

// restart closes a store and opens it again.
func (ts *testStore) restart(t *testing.T) *testStore {
	t.Helper()
	if err := ts.Close(); err != nil {
		t.Fatal(err)
	}
	return openTest(t, ts.path, os.OpenFile)
}

// count returns the number of states.
func (ts *testStore) count() (n int) {
	for r := range ts.all {
		if isState(r.key) {
			n++
		}
	}
	return n
}

func (ts *testStore) errorCount() int { return int(testutil.ToFloat64(ts.errors)) }

// hasLine checks that the log has the line once.
func (ts *testStore) hasLine(t *testing.T, want string) {
	t.Helper()
	if all := ts.logs.String(); strings.Count(all, want+"\n") != 1 {
		t.Errorf("the log has not once the line\n%s\nbut\n%s", want, all)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func testJob(n int) *job.Job {
	return &job.Job{Key: job.Key{Provider: "elb", ID: fmt.Sprintf("job-%05d", n)}, Project: "prod", APIVersion: "v3"}
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC)

func testState(n int) *job.State {
	return &job.State{
		Job: testJob(n),
		Report: job.Report{
			Status: job.Failed, Type: "createELB", ErrorCode: "ELB.8902",
			FailReason: fmt.Sprintf("quota %d exceeded: <b>naïve</b>", n),
			Begin:      noon, End: noon.Add(time.Duration(n) * time.Millisecond), FailedSubJobs: n,
		},
		LastSuccess: noon.Add(time.Minute), FirstUnfinished: noon.Add(time.Second),
	}
}

func (ts *testStore) hasStates(t *testing.T, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		j := testJob(n)
		st, ok := ts.Load(j)
		if !ok {
			t.Fatalf("state %d is missing", n)
		}
		if want := testState(n); st.Job != j || !reflect.DeepEqual(st.Report, want.Report) ||
			st.LastSuccess != want.LastSuccess || st.FirstUnfinished != want.FirstUnfinished {
			t.Fatalf("got %+v, want %+v", st, want)
		}
	}
}

// storedFile returns the bytes of a file with n states.
func storedFile(t *testing.T, n int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "good.db")
	s := openTest(t, path, os.OpenFile)
	for i := range n {
		s.Put(testState(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return readFile(t, path)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// recordsAt returns where each record of a file begins, and where the last ends.
func recordsAt(b []byte) (offsets []int) {
	for at := len(fileHeader); at < len(b); {
		offsets = append(offsets, at)
		r, err := decodeRecord(b[at:])
		if err != nil {
			panic(err)
		}
		at += r.size()
	}
	return append(offsets, len(b))
}

// noise returns bytes that are no text, with the beginnings of markers in them.
func noise(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.IntN(256))
		if rng.IntN(20) == 0 {
			b[i] = marker[rng.IntN(len(marker))]
		}
	}
	return b
}

func asideOf(t *testing.T, path string) []string {
	t.Helper()
	aside, err := filepath.Glob(path + ".corrupt-*")
	if err != nil {
		t.Fatal(err)
	}
	return aside
}
