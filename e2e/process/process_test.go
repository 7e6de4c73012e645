package process

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestMain is a small server, if a test starts it as such.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_RUNS_SERVER") != "" {
		serve()
		os.Exit(1) //nolint:forbidigo // TestMain has no other way to fail
	}
	os.Exit(m.Run()) //nolint:forbidigo // likewise
}

// serve listens on a port that the kernel picks, and greets until it fails.
func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return
	}
	fmt.Fprintf(os.Stderr, "serving at %s now\n", l.Addr())
	_ = http.Serve(l, greet("the child")) //nolint:gosec // it has one client
}

func greet(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
}

// TestOnlyTheChildIsHeard lets a child end, and a stranger have its address.
func TestOnlyTheChildIsHeard(t *testing.T) {
	t.Setenv("TEST_RUNS_SERVER", "1")
	child := StartOther(t, regexp.MustCompile(`serving at (\S+) now`), os.Args[0])
	forwarded := &Process{URL: "http://" + child.Forward(), done: make(chan struct{})}
	for name, p := range map[string]*Process{"itself": child, "forwarded": forwarded} {
		if body, err := p.Get("/"); body != "the child" || err != nil {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
	}

	child.Kill()
	stranger := httptest.NewServer(greet("a stranger"))
	t.Cleanup(stranger.Close)
	child.URL = stranger.URL
	forwarded.URL = "http://" + child.Forward()
	for want, p := range map[string]*Process{"has ended": child, "502": forwarded} {
		if body, err := p.Get("/"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, %v, want %s", body, err, want)
		}
	}
}
