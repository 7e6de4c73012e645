package storage

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"
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
	st, ok := s.restart(t).Load(j)
	equal(t, "found", ok, true)
	equal(t, "state", st, &job.State{Job: j, Report: job.Report{Status: job.Success}})
}

func TestLoadIsOfTheSameJobOnly(t *testing.T) {
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
		if st, ok := s.Load(j); ok {
			t.Errorf("%s: got %+v", name, st)
		}
	}
	s.hasStates(t, 1, 2)
}

// TestWhetherAnEndWasShownIsKept: a restart must neither repeat it nor forget it.
func TestWhetherAnEndWasShownIsKept(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	for _, shown := range []bool{false, true} {
		st := testState(1)
		st.Shown = shown
		s.Put(st)
		s = s.restart(t)
		if got, ok := s.Load(testJob(1)); !ok || got.Shown != shown {
			t.Errorf("got %v, %v, want %v", got, ok, shown)
		}
	}
}

func TestAStateThatCannotBeStored(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	long := testState(2)
	long.Job.ID = strings.Repeat("x", 40_000)
	s.Put(long)
	equal(t, "errors", s.errorCount(), 0)
	big := testState(3)
	big.FailReason = strings.Repeat("x", 70_000)
	s.Put(big)
	equal(t, "states", s.count(), 0)
	equal(t, "dirty", s.unwritten(), 0)
	equal(t, "errors", s.errorCount(), 1)
	s.hasLine(t, `level=error path=`+s.path+` msg="state not stored" provider=elb job_id=job-00003 err="it takes 70279 bytes of at most 65536"`)
}

func TestTheLaterStateCounts(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	s.Put(testState(1))
	s = s.restart(t)
	other := testState(1)
	other.Job.Project = "test"
	other.Report.Status = job.Canceled
	s.Put(other)
	st, ok := s.restart(t).Load(other.Job)
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
				s.Load(testJob(100*part + i))
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

const createHint = "; its directory must exist, and the exporter be allowed to create files in it"

func TestPlacesThatCanNeverBeRight(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := openTest(t, filepath.Join(dir, "used.db"), os.OpenFile)
	for path, want := range map[string]string{
		dir:                      "storage: " + dir + " is not a regular file",
		os.DevNull:               "storage: " + os.DevNull + " is not a regular file",
		dir + "/missing/jobs.db": "storage: the file cannot be created: open " + dir + "/missing/jobs.db.lock: no such file or directory" + createHint,
		dir + "/file/jobs.db":    "storage: the file cannot be created: open " + dir + "/file/jobs.db.lock: not a directory" + createHint,
		used.path:                "storage: " + used.path + ": another process uses this file; each exporter needs one of its own",
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
# HELP cloudjob_exporter_storage_errors_total Failed accesses to the storage file, files moved aside, and records that could not be read.
# TYPE cloudjob_exporter_storage_errors_total counter
cloudjob_exporter_storage_errors_total 0
`))
	if err != nil {
		t.Error(err)
	}
}
