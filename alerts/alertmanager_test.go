//go:build e2e

package alerts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAlertmanagerConfigurationPassesAmtool(t *testing.T) {
	run(t, amtool(t), "check-config", alertmanagerFile)
}

func TestRoutes(t *testing.T) {
	receivers := map[string]string{"critical": "pages", "warning": "tickets", "info": "nobody"}
	tool := amtool(t)
	for name, r := range rules(t) {
		run(t, tool, "config", "routes", "test", "--config.file="+alertmanagerFile,
			"--verify.receivers="+receivers[r.Labels["severity"]], "alertname="+name, "severity="+r.Labels["severity"])
	}
}

// TestInhibition asks a real Alertmanager which of the alerts that fire at the
// same time it holds back.
func TestInhibition(t *testing.T) {
	am := startAlertmanager(t)
	for _, tt := range []struct {
		name string
		sent []string // alert and labels
		held []string
	}{
		{
			name: "what has failed is not also stuck, but another job may be",
			sent: []string{
				"CloudJobFailed provider=elb job_id=a project=prod error_code=X",
				"CloudJobStuck provider=elb job_id=b project=prod",
				"CloudJobStuck provider=cfw job_id=a project=prod",
			},
			held: []string{"CloudJobStuck provider=elb job_id=a project=prod"},
		},
		{
			name: "a job that cannot be polled, or is stuck, is not also unknown",
			sent: []string{
				"CloudJobPollFailing provider=elb job_id=a project=prod",
				"CloudJobStuck provider=elb job_id=b project=prod",
				"CloudJobPollFailing provider=elb job_id=b project=prod",
				"CloudJobStatusUnknown provider=elb job_id=c project=prod",
			},
			held: []string{
				"CloudJobStatusUnknown provider=elb job_id=a project=prod",
				"CloudJobStatusUnknown provider=elb job_id=b project=prod",
			},
		},
		{
			name: "refused credentials stand for all polls of the project and provider",
			sent: []string{
				"CloudJobAuthFailing provider=elb project=prod",
				"CloudJobFailed provider=elb job_id=a project=prod",
				"CloudJobStuck provider=elb job_id=b project=prod",
				"CloudJobPollFailing provider=cfw job_id=a project=prod",
				"CloudJobStatusUnknown provider=elb job_id=a project=test",
				"CloudJobExporterBacklog job=cloudjob instance=one project=test",
			},
			held: []string{
				"CloudJobPollFailing provider=elb job_id=c project=prod",
				"CloudJobStatusUnknown provider=elb job_id=c project=prod",
				"CloudJobExporterBacklog job=cloudjob instance=one project=prod",
			},
		},
		{
			name: "throttling goes to nobody, and hides nothing but a backlog",
			sent: []string{
				"CloudJobThrottled provider=elb project=prod",
				"CloudJobPollFailing provider=elb job_id=a project=prod",
				"CloudJobStatusUnknown provider=elb job_id=b project=prod",
				"CloudJobExporterBacklog job=cloudjob instance=one project=test",
			},
			held: []string{"CloudJobExporterBacklog job=cloudjob instance=one project=prod"},
		},
		{
			name: "without an exporter only jobs that failed or are stuck matter",
			sent: []string{
				"CloudJobExporterDown job=cloudjob",
				"CloudJobFailed provider=elb job_id=a project=prod",
				"CloudJobStuck provider=elb job_id=b project=prod",
			},
			held: []string{
				"CloudJobPollFailing provider=elb job_id=c project=prod",
				"CloudJobStatusUnknown provider=cfw job_id=d project=prod",
				"CloudJobAuthFailing provider=elb project=prod",
				"CloudJobThrottled provider=elb project=prod",
				"CloudJobExporterBacklog job=cloudjob instance=one project=prod",
				"CloudJobExporterConfigReloadFailed job=cloudjob instance=one",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := slices.Concat(tt.sent, tt.held)
			am.post(t, all, time.Hour)
			defer am.post(t, all, 0)
			slices.Sort(tt.held)
			// Alertmanager looks at what it got a little later.
			var held []string
			for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
				if held = am.held(t); slices.Equal(held, tt.held) {
					return
				}
			}
			t.Errorf("held back:\n%s\nwant:\n%s", strings.Join(held, "\n"), strings.Join(tt.held, "\n"))
		})
	}
}

// alertmanager is a real one with the configuration that is shipped, but for
// the addresses, so that it looks for nobody.
type alertmanager struct {
	url        string
	severities map[string]string // of the alerts, by name
}

func startAlertmanager(t *testing.T) *alertmanager {
	t.Helper()
	binary := program(t, "prometheus-alertmanager", "alertmanager", "prometheus-alertmanager")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	am := &alertmanager{url: "http://" + address, severities: map[string]string{}}
	for name, r := range rules(t) {
		am.severities[name] = r.Labels["severity"]
	}

	file := filepath.Join(t.TempDir(), alertmanagerFile)
	config := regexp.MustCompile(`http://[\w.]+`).ReplaceAllString(read(t, alertmanagerFile), "http://127.0.0.1:1")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}

	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, "--config.file="+file, "--storage.path="+t.TempDir(),
		"--web.listen-address="+address, "--cluster.listen-address=", "--log.level=warn")
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	died := make(chan struct{})
	go func() {
		defer close(died)
		_ = cmd.Wait() // how it ended is of interest only with its log, below
	}()
	t.Cleanup(func() { // the context has ended just before
		<-died
		if t.Failed() {
			t.Logf("alertmanager: %s\n%s", cmd.ProcessState, log.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := am.request(t, http.MethodGet, "/-/ready", nil)
		if err == nil {
			return am
		}
		select {
		case <-died:
			t.Fatal("alertmanager ended")
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("alertmanager is not ready: %v", err)
		}
	}
}

// post sends alerts that last for a while; if that is 0, they are resolved.
func (am *alertmanager) post(t *testing.T, alerts []string, lasts time.Duration) {
	t.Helper()
	type alert struct {
		Labels   map[string]string `json:"labels"`
		StartsAt time.Time         `json:"startsAt"`
		EndsAt   time.Time         `json:"endsAt"`
	}
	var all []alert
	for _, line := range alerts {
		words := strings.Fields(line)
		severity, ok := am.severities[words[0]]
		if !ok {
			t.Fatalf("there is no alert %s", words[0])
		}
		labels := map[string]string{"alertname": words[0], "severity": severity}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			labels[name] = value
		}
		now := time.Now()
		all = append(all, alert{labels, now, now.Add(lasts)})
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := am.request(t, http.MethodPost, "/api/v2/alerts", body); err != nil {
		t.Fatal(err)
	}
}

// held gives the alerts that are inhibited, in the words in which they were sent.
func (am *alertmanager) held(t *testing.T) []string {
	t.Helper()
	body, err := am.request(t, http.MethodGet, "/api/v2/alerts?active=false&inhibited=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	var alerts []struct {
		Labels map[string]string
		Status struct{ InhibitedBy []string }
	}
	if err := json.Unmarshal(body, &alerts); err != nil {
		t.Fatal(err)
	}
	var held []string
	for _, a := range alerts {
		if len(a.Status.InhibitedBy) == 0 {
			continue
		}
		line := a.Labels["alertname"]
		for _, name := range []string{"provider", "job", "instance", "job_id", "project"} {
			if value, ok := a.Labels[name]; ok {
				line += " " + name + "=" + value
			}
		}
		held = append(held, line)
	}
	slices.Sort(held)
	return held
}

func (am *alertmanager) request(t *testing.T, method, path string, body []byte) (answer []byte, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, am.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if answer, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer, err
}
