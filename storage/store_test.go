package storage

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"cloudjob_exporter/job"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		os.Exit(child(os.Getenv(childRole), path)) //nolint:forbidigo // it is a program of its own
	}
	goleak.VerifyTestMain(m)
}

// logs is a log that may be read while it is written.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// testStore is a store with what it tells the world.
type testStore struct {
	*Store
	logs     *logs
	registry *prometheus.Registry
}

func openTest(t *testing.T, path string, openFile opener) *testStore {
	t.Helper()
	ts := &testStore{logs: &logs{}, registry: prometheus.NewRegistry()}
	s, err := open(path, level.NewFilter(log.NewLogfmtLogger(ts.logs), level.AllowInfo()), ts.registry, openFile)
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
	return openTest(t, ts.file.path, os.OpenFile)
}

func (ts *testStore) count() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.entries)
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
		Heard: noon.Add(time.Minute), FirstUnfinished: noon.Add(time.Second),
	}
}

func (ts *testStore) hasStates(t *testing.T, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		j := testJob(n)
		st, ok := ts.Final(j)
		if !ok {
			t.Fatalf("state %d is missing", n)
		}
		if want := testState(n); st.Job != j || !reflect.DeepEqual(st.Report, want.Report) ||
			st.Heard != want.Heard || st.FirstUnfinished != want.FirstUnfinished {
			t.Fatalf("got %+v, want %+v", st, want)
		}
	}
}

func TestStatesSurviveARestart(t *testing.T) {
	const n = 10_000
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	for i := range n {
		s.Put(testState(i))
	}
	s.hasStates(t, 0, n)
	s = s.restart(t)
	s.hasStates(t, 0, n)
	equal(t, "errors", s.errorCount(), 0)
	equal(t, "log", s.logs.String(), "level=info msg=\"storage opened\" path="+path+" states=10000\n")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "mode", info.Mode(), 0o600)
}

func TestAStateWithoutAnything(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	j := &job.Job{Key: job.Key{Provider: "cfw", ID: "a"}}
	s.Put(&job.State{Job: j, Report: job.Report{Status: job.Success}})
	st, ok := s.restart(t).Final(j)
	equal(t, "found", ok, true)
	equal(t, "state", st, &job.State{Job: j, Report: job.Report{Status: job.Success}})
}

func TestFinalIsOfTheSameJobOnly(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	s.Put(testState(1))
	for name, change := range map[string]func(*job.Job){
		"provider":    func(j *job.Job) { j.Provider = "cfw" },
		"id":          func(j *job.Job) { j.ID = "job-00002" },
		"project":     func(j *job.Job) { j.Project = "test" },
		"API version": func(j *job.Job) { j.APIVersion = "v1.0" },
		"no key":      func(j *job.Job) { j.Key = job.Key{} },
	} {
		j := testJob(1)
		change(j)
		if st, ok := s.Final(j); ok {
			t.Errorf("%s: got %+v", name, st)
		}
	}
	s.hasStates(t, 1, 2)
}

func TestOnlyFinalStatesArePut(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	running := testState(1)
	running.Report.Status = job.Running
	long := testState(2)
	long.Job.ID = strings.Repeat("x", 40_000)
	s.Put(running)
	s.Put(long)
	equal(t, "states", s.count(), 0)
	equal(t, "dirty", s.unwritten(), 0)
}

func TestTheLaterStateCounts(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	s.Put(testState(1))
	s = s.restart(t)
	other := testState(1)
	other.Job.Project = "test"
	other.Report.Status = job.Canceled
	s.Put(other)
	st, ok := s.restart(t).Final(other.Job)
	equal(t, "found", ok, true)
	equal(t, "status", st.Report.Status, job.Canceled)
}

func TestAllAtOnce(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	var wg sync.WaitGroup
	for part := range 8 {
		wg.Go(func() {
			for i := range 50 {
				s.Put(testState(100*part + i))
				s.Final(testJob(100*part + i))
				s.InUse(maps.Keys(map[job.Key]bool{testJob(i).Key: true}))
			}
		})
	}
	wg.Wait()
	equal(t, "states", s.restart(t).count(), 400)
}

func TestCloseTwiceAndPutAfterIt(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	equal(t, "first", s.Close(), nil)
	s.Put(testState(1))
	s.hasStates(t, 1, 2)
	equal(t, "second", s.Close(), nil)
}

func TestPlacesThatCanNeverBeRight(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := openTest(t, filepath.Join(dir, "used.db"), os.OpenFile)
	for path, want := range map[string]string{
		dir:                      "storage: " + dir + " is a directory; a file is needed",
		dir + "/missing/jobs.db": "storage: the directory of " + dir + "/missing/jobs.db does not exist",
		dir + "/file/jobs.db":    "storage: " + dir + "/file is not a directory",
		os.DevNull:               "storage: " + os.DevNull + " is not a regular file",
		used.file.path:           "storage: " + used.file.path + ": another process uses this file; each exporter needs one of its own",
	} {
		reg := prometheus.NewRegistry()
		s, err := Open(path, log.NewNopLogger(), reg)
		if s != nil || err == nil || err.Error() != want {
			t.Errorf("got %v, %v, want %s", s, err, want)
		}
		if got, err := reg.Gather(); len(got) > 0 || err != nil {
			t.Errorf("a store that is not open has metrics: %v, %v", got, err)
		}
	}
	used.Put(testState(1))
	used.restart(t).hasStates(t, 1, 2)
}

func TestMetric(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	problems, err := testutil.GatherAndLint(s.registry)
	if len(problems) > 0 || err != nil {
		t.Error(problems, err)
	}
	err = testutil.GatherAndCompare(s.registry, strings.NewReader(`
# HELP cloudjob_exporter_storage_errors_total Accesses to the storage file that failed, files that were moved aside, and records that could not be read.
# TYPE cloudjob_exporter_storage_errors_total counter
cloudjob_exporter_storage_errors_total 0
`))
	if err != nil {
		t.Error(err)
	}
}

// eventually waits for what another goroutine or the disk does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what, "does not happen")
		}
	}
}
