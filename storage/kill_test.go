package storage

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/fixture"
)

// The test binary is its own child process, with these in its environment.
const (
	childPath = "STORAGE_TEST_PATH"
	childRole = "STORAGE_TEST_ROLE" // roleFull, or the number of the first state to put
)

// tell tells the parent process something.
func tell(v any) { _, _ = fmt.Fprintln(os.Stdout, v) }

// child is the main function of a child process.
func child(role, path string) (exitCode int) {
	s, err := Open(path, log.NewLogfmtLogger(os.Stderr), prometheus.NewRegistry())
	if err != nil {
		tell(err)
		return 1
	}
	if role == roleFull {
		return fillDisk(s)
	}
	if role == roleRegister {
		return registerUntilKilled(s)
	}
	from, err := strconv.Atoi(role)
	if err != nil {
		return 2
	}
	for n := from; ; n++ { // until killed
		s.Put(testState(n))
		tell(n)
		time.Sleep(100 * time.Microsecond)
	}
}

func startChild(t *testing.T, role, path string) (*exec.Cmd, io.Reader, *fixture.Logs) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path, childRole+"="+role)
	stderr := &fixture.Logs{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, stderr
}

// slowest is how long it may take until what was put is in the file. It is a
// second where the machine has nothing else to do.
const slowest = 5 * time.Second

func TestKill9LosesAtMostTheLastMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	next := 0
	for _, life := range []time.Duration{
		1 * time.Millisecond, 5 * time.Millisecond, 205 * time.Millisecond, 1100 * time.Millisecond,
		1517 * time.Millisecond, slowest + 301*time.Millisecond,
	} {
		cmd, out, stderr := startChild(t, strconv.Itoa(next), path)
		old, last := next, next // the first that may be lost; the last
		lines := bufio.NewScanner(out)
		type put struct {
			n  int
			at time.Time
		}
		var puts []put
		var end <-chan time.Time
		killed := make(chan time.Time, 1)
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(lines.Text())
			}
			if end == nil {
				end = time.After(life)
				go func() {
					<-end
					killed <- time.Now()
					_ = cmd.Process.Signal(syscall.SIGKILL)
				}()
			}
			puts = append(puts, put{n, time.Now()})
		}
		_ = cmd.Wait()
		at := <-killed
		for _, p := range puts {
			last = p.n + 1
			if at.Sub(p.at) > slowest {
				old = p.n + 1
			}
		}
		if err := stderr.String(); strings.Contains(err, "error") {
			t.Fatalf("killed after %s before: %s", life, err)
		}
		s := openTest(t, path, os.OpenFile)
		// It may be killed in the middle of a write, which is no damage but counted.
		equal(t, "errors", s.errorCount(), strings.Count(s.logs.String(), tornLine))
		s.hasStates(t, 0, old)
		t.Logf("after %s: %d of %d states, %d had to be", life, s.count(), last, old)
		// A gap would make the next rounds' first states unknown: fill it.
		for n := old; n < last; n++ {
			s.Put(testState(n))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		next = last
	}
	if next < 1000 {
		t.Errorf("only %d states were put", next)
	}
}

func TestASecondProcessIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	cmd, out, _ := startChild(t, "0", path)
	told, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it runs")
	}
	equal(t, "told", string(told), "storage: "+path+": another process uses this file; each exporter needs one of its own\n")
	s.Put(testState(1))
	s.restart(t).hasStates(t, 1, 2)
}
