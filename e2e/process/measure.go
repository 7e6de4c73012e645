//go:build linux

package process

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

// Memory is what the program holds in RAM, in bytes.
func (p *Process) Memory() int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		p.t.Fatalf("%s holds no memory:\n%s", p.name, text)
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kib << 10
}

// Number is the value of a metric without labels.
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
