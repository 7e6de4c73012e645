package main

import (
	"bufio"
	"io"
	"net/http"
	"regexp"
	"testing"
)

var listening = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// start runs the exporter with some flags until the test ends, and gives the
// URL that it listens at.
func start(t *testing.T, args ...string) string {
	t.Helper()
	app, f := newFlags()
	if _, err := app.Parse(append(args, "--web.listen-address=127.0.0.1:0")); err != nil {
		t.Fatal(err)
	}
	logs, w := io.Pipe()
	logger, slogger := newLoggers(w, f.logFormat, f.logLevel)
	ended := make(chan error, 1)
	go func() {
		ended <- run(t.Context(), f, logger, slogger)
		_ = w.Close()
	}()
	address := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	// The context of a test is done before its cleanups run.
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
		<-read
	})
	select {
	case a := <-address:
		return "http://" + a
	case <-read:
		t.Fatal("it ended before it listened")
		return ""
	}
}

// ask makes a request as of a Prometheus with a short timeout.
func ask(t *testing.T, method, url string) (status int, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "1")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}
