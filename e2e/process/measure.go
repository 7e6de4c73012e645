package process

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Memory returns what the program holds in RAM, in bytes.
func (p *Process) Memory() int { return p.status("VmRSS") }

// PeakMemory returns the most that the program has held in RAM, in bytes: since
// its start, or since ForgetPeak was called.
func (p *Process) PeakMemory() int { return p.status("VmHWM") }

// ForgetPeak makes PeakMemory count anew.
func (p *Process) ForgetPeak() {
	p.t.Helper()
	if err := os.WriteFile(p.proc("clear_refs"), []byte("5"), 0); err != nil { //nolint:gosec // G703: a file of a program that was started here
		p.t.Fatal(err)
	}
}

// CPU returns the processor time that the program has used.
func (p *Process) CPU() time.Duration {
	p.t.Helper()
	text := p.read("stat")
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // the name before may hold spaces
	ticks := 0
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.Atoi(field)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// status returns a line of the program's status in bytes.
func (p *Process) status(name string) int {
	p.t.Helper()
	text := p.read("status")
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		p.t.Fatalf("%s has no %s:\n%s", p.name, name, text)
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kib << 10
}

func (p *Process) read(file string) []byte {
	p.t.Helper()
	text, err := os.ReadFile(p.proc(file)) //nolint:gosec // G703: likewise
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// proc returns the path of a file about the program in /proc.
func (p *Process) proc(file string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file)
}

// Number returns the value of a metric without labels.
func (p *Process) Number(metric string) int {
	p.t.Helper()
	body, err := p.Get("/metrics")
	m := regexp.MustCompile(`(?m)^` + metric + ` (\S+)$`).FindStringSubmatch(body)
	if err != nil || m == nil {
		p.t.Fatalf("there is no %s: %v", metric, err)
	}
	x, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(x)
}
