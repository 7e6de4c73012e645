package storage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// TestACrashForgetsNothingBeforeTheEndIsInTheFile: in the bytes that are written for many
// jobs that end at once, no record that deletes comes before one that tells an end.
func TestACrashForgetsNothingBeforeTheEndIsInTheFile(t *testing.T) {
	const n = maxBatch + 1000
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	for i := range n {
		s.Put(unfinishedState(i))
	}
	s = s.restart(t)
	before := len(readFile(t, path))
	for i := range n {
		s.Put(testState(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, deleting := readFile(t, path), false
	for at := before; at < len(file); {
		r, err := decodeRecord(file[at:])
		if err != nil {
			t.Fatal(err)
		}
		if deleting = deleting || r.value == ""; deleting && r.value != "" {
			t.Fatalf("%q is written after something was deleted", r.key)
		}
		at += r.size()
	}
	equal(t, "something was deleted", deleting, true)
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
