package storage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

func unfinishedState(n int) *job.State {
	return &job.State{Job: testJob(n), Report: job.Report{Status: job.Running, Begin: noon}, LastSuccess: noon, FirstUnfinished: noon}
}

// unfinishedRecords returns how many jobs are stored as seen unfinished.
func (ts *testStore) unfinishedRecords() (n int) {
	for r := range ts.all {
		if isUnfinished(r.key) {
			n++
		}
	}
	return n
}

func TestThatAJobWasSeenUnfinishedSurvivesARestart(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	s.Put(unfinishedState(1))
	s = s.restart(t)
	j := testJob(1)
	got, ok := s.Load(j)
	equal(t, "found", ok, true)
	equal(t, "state", got, &job.State{Job: j, FirstUnfinished: noon})
	for name, change := range map[string]func(*job.Job){
		"provider":    func(j *job.Job) { j.Provider = "cfw" },
		"id":          func(j *job.Job) { j.ID = "job-00002" },
		"project":     func(j *job.Job) { j.Project = "test" },
		"API version": func(j *job.Job) { j.APIVersion = "v1.0" },
	} {
		other := testJob(1)
		change(other)
		if st, ok := s.Load(other); ok {
			t.Errorf("another %s: got %+v", name, st)
		}
	}
	s.Put(testState(1))
	equal(t, "left when it has ended", s.unfinishedRecords(), 0)
	s = s.restart(t)
	s.hasStates(t, 1, 2)
	equal(t, "left after one more restart", s.unfinishedRecords(), 0)
}

// TestTheEndOfAnotherJobOfTheSameKeyIsNotItsOwn: a job may move to another project.
func TestTheEndOfAnotherJobOfTheSameKeyIsNotItsOwn(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	moved := unfinishedState(1)
	moved.Job = testJob(1)
	moved.Job.Project = "test"
	s.Put(moved)
	s.Put(testState(1))
	s = s.restart(t)
	s.hasStates(t, 1, 2)
	st, ok := s.Load(moved.Job)
	equal(t, "found", ok, true)
	equal(t, "final", st.Final(), false)
}

// written is a backend that keeps what is written, in order.
type written struct {
	backend
	records []record
}

func (w *written) write(records []record) error {
	w.records = append(w.records, records...)
	return w.backend.write(records)
}

// TestACrashForgetsNothingBeforeTheEndIsInTheFile: however the changes of many jobs that
// end at once are cut into writes, none is forgotten before its end is written.
func TestACrashForgetsNothingBeforeTheEndIsInTheFile(t *testing.T) {
	const n = maxBatch + 1000
	path := filepath.Join(t.TempDir(), "jobs.db")
	w := &written{backend: newJournal(path, os.OpenFile)}
	s, err := open(path, log.NewNopLogger(), prometheus.NewRegistry(), w)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		s.Put(unfinishedState(i))
	}
	for i := range n {
		s.Put(testState(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ended := map[string]bool{}
	for _, r := range w.records {
		if isState(r.key) {
			ended[r.key[1:]] = true
		} else if r.value == "" && !ended[r.key[1:]] {
			t.Fatalf("%q is deleted before the end of the job is written", r.key)
		}
	}
	equal(t, "ends that were written", len(ended), n)
}

func TestAJobSeenUnfinishedGoesAfter30DaysOfNoUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		for n := range 2 {
			s.Put(unfinishedState(n))
		}
		s.InUse(keys(1))
		time.Sleep(32 * day)
		_, unused := s.Load(testJob(0))
		_, used := s.Load(testJob(1))
		equal(t, "not in use", unused, false)
		equal(t, "in use", used, true)
	})
}

// TestBadRecordsOfUnfinishedJobs are dropped when the file is opened.
func TestBadRecordsOfUnfinishedJobs(t *testing.T) {
	good := unfinishedValue(noon, testJob(1), noon)
	path := filepath.Join(t.TempDir(), "jobs.db")
	b := []byte(fileHeader)
	for key, value := range map[string]string{
		"felb\x00job-00001":                    good,
		"felb\x00short":                        good[:unfinishedAt],
		"felb\x00no-place":                     good[:unfinishedAt] + "prod",
		"felb\x00two":                          good + "\x00",
		"felb":                                 good,
		"f\x00a":                               good,
		"felb\x00" + strings.Repeat("x", 2000): good,
	} {
		b = appendRecord(b, record{key, value})
	}
	writeFile(t, path, b)
	s := openTest(t, path, os.OpenFile)
	_, ok := s.Load(testJob(1))
	equal(t, "the good one", ok, true)
	equal(t, "all", s.unfinishedRecords(), 1)
	equal(t, "errors", s.errorCount(), 6)
}

// FuzzUnfinished: whatever a record is, loading it gives nothing, or a state that is not
// final.
func FuzzUnfinished(f *testing.F) {
	f.Add("felb\x00job-00001", unfinishedValue(noon, testJob(1), noon))
	f.Add("felb\x00job-00001", "")
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" || !isUnfinished(key) || !usable(record{key, value}) {
			return
		}
		s := &Store{entries: map[string]string{key: value}, dirty: map[string]struct{}{}, wake: make(chan struct{}, 1)}
		provider, id, _ := strings.Cut(key[1:], "\x00")
		project, version, _ := strings.Cut(value[unfinishedAt:], "\x00")
		st, ok := s.Load(&job.Job{Key: job.Key{Provider: provider, ID: id}, Project: project, APIVersion: version})
		if !ok || st.Final() {
			t.Fatalf("got %+v, %v", st, ok)
		}
	})
}
