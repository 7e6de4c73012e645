package process

import (
	"os"
	"regexp"
	"testing"
	"time"
)

func TestMeasures(t *testing.T) {
	t.Setenv("TEST_RUNS_SERVER", "1")
	child := StartOther(t, regexp.MustCompile(`serving at (\S+) now`), os.Args[0])
	if age := time.Since(child.Started()); age <= 0 || age > startTimeout {
		t.Errorf("it was started %v ago", age)
	}
	const least, most = 1 << 20, 1 << 30
	if m, peak := child.Memory(), child.PeakMemory(); m < least || peak < least || m > most || peak > most {
		t.Errorf("it holds %d bytes, and %d at the most", m, peak)
	}
	child.ForgetPeak()
	const grown = 4 << 20 // what a program may take that has just started
	if peak, m := child.PeakMemory(), child.Memory(); peak > m+grown {
		t.Errorf("the peak since it was forgotten is %d bytes, of a program that holds %d", peak, m)
	}
	used := child.CPU()
	if used < 0 || used > startTimeout {
		t.Errorf("it used %v", used)
	}
	Eventually(t, "its time to be counted", func() error {
		if _, err := child.Get("/"); err != nil {
			t.Fatal(err)
		}
		if child.CPU() > used {
			return nil
		}
		return os.ErrDeadlineExceeded
	})
	child.Stop()
	if _, err := child.Get("/"); err == nil {
		t.Error("it answers after its end")
	}
}

func TestTheListeningLine(t *testing.T) {
	for line, want := range map[string]string{
		`ts=2026-11-25T09:57:18Z caller=tls_config.go:346 level=info msg="Listening on" address=127.0.0.1:1` + "\n":             "127.0.0.1:1",
		`time=2026-11-25T09:57:18Z level=INFO source=tls_config.go:346 msg="Listening on" component=web address=[::1]:2` + "\n": "[::1]:2",
		"2026/11/25 09:57:18 INFO Listening on address=127.0.0.1:3\n":                                                           "127.0.0.1:3",
		`msg="Listening on" address=127.0.0.1:4`:                                                                                "", // not yet all of it
		"msg=\"not listening\" address=127.0.0.1:5\n":                                                                           "",
	} {
		var got string
		if m := listening.FindStringSubmatch(line); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: got %q", line, got)
		}
	}
}
