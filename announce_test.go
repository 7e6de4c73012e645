package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTheDemoIsWhereItSays opens what the demo announces as soon as it does. Its
// jobs are known by then, though nobody has scraped.
func TestTheDemoIsWhereItSays(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--demo", "--web.listen-address=0.0.0.0:0", "--web.external-url=/x/")
	cmd.Env = append(os.Environ(), "TEST_RUNS_EXPORTER=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`^The demo is at (http://localhost:\d+/x/) and its metrics at (http://localhost:\d+/x/metrics)\n$`).FindStringSubmatch(line)
	if said == nil {
		t.Fatalf("it says %q", line)
	}
	page := get(t, said[1]+"jobs")
	for _, unwanted := range []string{"not polled yet", `class="note"`} {
		if strings.Contains(page, unwanted) {
			t.Errorf("%q is in the first page:\n%s", unwanted, page)
		}
	}
	contains(t, page, `class="status running"`, `class="status failed"`)
	contains(t, get(t, said[2]), "\njob_status{")
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, resp.StatusCode, err)
	}
	return string(body)
}

func TestNothingIsAnnouncedThatIsNotThere(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	w := newWorld(t)
	address := taken.Addr().String()
	for args, want := range map[string]string{
		"--web.listen-address=" + address:                                     `"--web.listen-address: listen tcp ` + address + `: bind: address already in use"`,
		"--web.listen-address=127.0.0.1:0 --web.listen-address=" + address:    `"--web.listen-address: listen tcp ` + address + `: bind: address already in use"`,
		"--web.config.file=" + w.path("none.yml"):                             `"--web.config.file: open ` + w.path("none.yml") + `: no such file or directory"`,
		"--web.listen-address=127.0.0.1:0 --web.config.file=" + w.path(""):    `--web.config.file: read `,
		"--web.systemd-socket":                                                `"--web.systemd-socket: systemd passed no socket to this process; start it by a socket unit, or leave out the flag"`,
		"--web.listen-address=21996":                                          `--web.listen-address="21996": has no colon before the port`,
		"--web.listen-address=127.0.0.1:0 --web.telemetry-path=/jobs":         `--web.telemetry-path=`,
		"--web.listen-address=127.0.0.1:0 --web.external-url=ftp://host/jobs": `--web.external-url="ftp://host/jobs"`,
	} {
		code, output := exits(t, append(strings.Fields(args), "--demo")...)
		if code != 1 || strings.Contains(output, "The demo") || strings.Contains(output, "istening on") {
			t.Errorf("%s: exit code %d:\n%s", args, code, output)
		}
		contains(t, output, want)
	}
}
