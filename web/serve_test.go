package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// TestServeAnswersWhoWaits stops while a client waits for its answer.
func TestServeAnswersWhoWaits(t *testing.T) {
	asked, stopping := make(chan struct{}), make(chan struct{})
	server := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-stopping
		fmt.Fprint(w, "answered")
	}))
	address := make(chan string, 1)
	server.BaseContext = func(l net.Listener) context.Context {
		address <- l.Addr().String()
		return context.Background()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, server, toolkitFlags("127.0.0.1:0"), slog.New(slog.DiscardHandler), func() { close(stopping) })
	}()
	go func() {
		<-asked
		cancel()
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+<-address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "answered" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestServeNamesTheFlagOfAnAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	address := taken.Addr().String()
	err = Serve(t.Context(), NewServer(http.NotFoundHandler()), toolkitFlags(address), slog.New(slog.DiscardHandler), func() {
		t.Error("it stops what has not begun")
	})
	if want := "--web.listen-address: listen tcp " + address + ": bind: address already in use"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// toolkitFlags are the flags of a server at an address, without TLS.
func toolkitFlags(address string) *toolkit.FlagConfig {
	none, noSocket := "", false
	return &toolkit.FlagConfig{WebListenAddresses: &[]string{address}, WebConfigFile: &none, WebSystemdSocket: &noSocket}
}
