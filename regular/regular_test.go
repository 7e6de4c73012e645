package regular

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// mount is a file system that may hang.
type mount struct {
	opened atomic.Int32
	hangs  atomic.Pointer[chan struct{}] // closed when it no longer does; nil: it answers
	text   string
}

func (m *mount) open(string) (io.ReadCloser, error) {
	m.opened.Add(1)
	if hang := m.hangs.Load(); hang != nil {
		<-*hang
	}
	return io.NopCloser(strings.NewReader(m.text)), nil
}

// hang makes the mount hang until answer is called.
func (m *mount) hang() (answer func()) {
	hang := make(chan struct{})
	m.hangs.Store(&hang)
	return func() { m.hangs.Store(nil); close(hang) }
}

func (m *mount) reader() *reader {
	return newReader(m.open)
}

func TestAReadThatHangsEndsAndIsTheOnlyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mount{text: "text"}
		r, answer := m.reader(), m.hang()
		const want = "read /mnt/password: did not answer within 3s"
		began := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := r.read("/mnt/password", 10); err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
			})
		}
		wg.Wait()
		if d := time.Since(began); d != patience {
			t.Errorf("20 readers at once waited for %v", d)
		}
		for range 20 {
			if _, err := r.read("/mnt/password", 10); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if d := time.Since(began); d != patience {
			t.Errorf("who came later waited, too: %v", d)
		}
		if n := m.opened.Load(); n != 1 {
			t.Errorf("%d reads hang", n)
		}

		answer()
		synctest.Wait()
		if got, err := r.read("/mnt/password", 10); string(got) != "text" || err != nil {
			t.Errorf("the mount answers, and it gave %q, %v", got, err)
		}
		if n := len(r.reads); n != 0 {
			t.Errorf("%d reads are remembered", n)
		}
	})
}

func TestAHangDoesNotHoldUpOtherFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mount{text: "text"}
		r, answer := m.reader(), m.hang()
		defer answer()
		go func() { _, _ = r.read("/mnt/password", 10) }()
		synctest.Wait()
		m.hangs.Store(nil)
		if got, err := r.read("/etc/password", 10); string(got) != "text" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// TestWhoWaitsForAReadReadsAnew: the file may have changed since the other read it.
func TestWhoWaitsForAReadReadsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mount{text: "old"}
		r, answer := m.reader(), m.hang()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = r.read("/mnt/password", 10) })
		synctest.Wait()
		var got []byte
		wg.Go(func() { got, _ = r.read("/mnt/password", 10) })
		synctest.Wait()
		m.text = "new"
		answer()
		wg.Wait()
		if string(got) != "new" || m.opened.Load() != 2 {
			t.Errorf("got %q after %d reads", got, m.opened.Load())
		}
	})
}

func TestReadRefusesWhatIsTooLong(t *testing.T) {
	m := &mount{text: strings.Repeat("x", 2048)}
	original := process
	process = m.reader()
	defer func() { process = original }()
	if got, err := Read("/mnt/ca.pem", 2048); len(got) != 2048 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := Read("/mnt/ca.pem", 2047); got != nil || err == nil || err.Error() != "read /mnt/ca.pem: is larger than 1 KiB" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := ReadPrefix("/mnt/ca.pem", 2047); len(got) != 2047 || err != nil {
		t.Errorf("%d bytes of the beginning, %v", len(got), err)
	}
}
