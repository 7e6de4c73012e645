package storage

import (
	"errors"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
)

// memory is a backend whose disk can hang or fail.
type memory struct {
	hang chan struct{} // writes wait until it is closed

	mu     sync.Mutex
	values map[string]string
	fail   error // what a write returns, after it has hung
	opened int
}

func (m *memory) open(visit func(record)) (contents, error) {
	m.opened++
	for key, value := range m.values {
		visit(record{key, value})
	}
	return contents{records: len(m.values), intact: 1}, nil
}

func (m *memory) write(records []record) error {
	if len(records) == 0 {
		return nil
	}
	<-m.hang
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, r := range records {
		if m.values[r.key] = r.value; r.value == "" {
			delete(m.values, r.key)
		}
	}
	return nil
}

func (m *memory) compact(records iter.Seq[record], _ bool) (string, error) {
	clear(m.values)
	for r := range records {
		m.values[r.key] = r.value
	}
	return "", nil
}

func (m *memory) close() {}

func TestNobodyWaitsForTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		m := &memory{values: map[string]string{}, hang: make(chan struct{}), fail: errors.New("broken")}
		s, err := open(path, log.NewNopLogger(), prometheus.NewRegistry(), m)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		ts := &testStore{Store: s, path: path}
		for n := range 10 {
			start := time.Now()
			ts.Put(testState(n))
			ts.InUse(keys(n))
			ts.hasStates(t, 0, n+1)
			equal(t, "waited", time.Since(start), 0)
			time.Sleep(time.Hour) // the first write hangs all the time
		}
		close(m.hang)
		time.Sleep(time.Hour) // now all fail
		m.mu.Lock()
		equal(t, "stored", len(m.values), 0)
		m.fail = nil
		m.mu.Unlock()
		if n := ts.errorCount(); n < 60 || n > 70 {
			t.Errorf("%d errors in an hour", n)
		}
		time.Sleep(maxRetryDelay + batchDelay)
		m.mu.Lock()
		defer m.mu.Unlock()
		equal(t, "stored", maps.Equal(m.values, s.entries), true)
		equal(t, "states", len(m.values), 10)
		equal(t, "times opened", m.opened, 1)
	})
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the path belongs to the backend alone", err)
	}
}
