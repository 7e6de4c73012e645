package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func roundTrip(t *testing.T, h http.HandlerFunc, change func(*http.Request)) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h.example/a%2Fb?q=1", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := (&Transport{Handler: h}).RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func TestTransportShowsTheHandlerAServersRequest(t *testing.T) {
	resp, body, err := roundTrip(t, func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, strings.Join([]string{r.Host, r.RequestURI, r.URL.String(), r.Header.Get("X-A"), string(sent)}, " "))
	}, func(r *http.Request) { r.Header.Set("X-A", "1") })
	if want := "h.example /a%2Fb?q=1 /a%2Fb?q=1 1 hello"; err != nil || body != want {
		t.Errorf("handler saw %q, %v; want %q", body, err, want)
	}
	if resp != nil && (resp.StatusCode != 200 || resp.Request == nil || resp.Request.Header.Get("Accept-Encoding") != "") {
		t.Errorf("response is %+v, want 200 to the unchanged request", resp)
	}
}

func TestTransportAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		body    string
		err     error
	}{
		"nothing written": {func(http.ResponseWriter, *http.Request) {}, "", nil},
		"more than declared": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			_, _ = w.Write([]byte("a"))
			_, _ = w.Write([]byte("b"))
		}, "a", nil},
		"less than declared": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			_, _ = w.Write([]byte("a"))
		}, "a", io.ErrUnexpectedEOF},
		"aborted before all": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", io.EOF},
		"aborted after header": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			w.WriteHeader(200)
			panic(http.ErrAbortHandler)
		}, "", io.ErrUnexpectedEOF},
		"no gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "this is not compressed")
		}, "", errAny},
	} {
		t.Run(name, func(t *testing.T) {
			_, body, err := roundTrip(t, tt.handler, nil)
			if body != tt.body || !errors.Is(err, tt.err) && (err == nil || !errors.Is(tt.err, errAny)) {
				t.Errorf("answer is %q, %v; want %q, %v", body, err, tt.body, tt.err)
			}
		})
	}
}

var errAny = errors.New("any error")

func TestTransportLeavesEncodingToWhoAsksForIt(t *testing.T) {
	resp, body, err := roundTrip(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, r.Header.Get("Accept-Encoding"))
	}, func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") })
	if err != nil || body != "identity" || resp.Uncompressed {
		t.Errorf("answer is %q, %v, want it as it was sent", body, err)
	}
}

func TestTransportHonoursTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		hang := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/body" {
				w.WriteHeader(http.StatusOK)
			}
			<-r.Context().Done()
			ended <- r.Context().Err()
		})
		for _, path := range []string{"/header", "/body"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://h.example"+path, nil)
			resp, err := (&Transport{Handler: hang}).RoundTrip(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: client sees %v, want the deadline", path, err)
			}
			if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: handler sees %v, want the deadline", path, err)
			}
			_, err = (&Transport{Handler: hang}).RoundTrip(req)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: a late call gives %v, want the deadline", path, err)
			}
			cancel()
		}
	})
}

func TestTransportTellsTheHandlerOfAClosedBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.AddJob(runningJob())
		c.Inject(Fault{Delivery: HangInBody})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h.example"+jobPath, nil)
		resp, err := (&Transport{Handler: c}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		synctest.Wait()
		if s := c.counts.of(ServiceCFW); s.current != 0 {
			t.Errorf("%d calls are still under way after the client left, want 0", s.current)
		}
	})
}

func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.AddJob(runningJob())
		c.Inject(Fault{Service: ServiceCFW, Latency: time.Second})
		token := c.IssueToken(testProject)
		if c.LastHeader(ServiceCFW) != nil || c.Calls(ServiceCFW) != 0 {
			t.Error("calls are counted before there was one")
		}
		done := make(chan outcome)
		for range 3 {
			go func() { done <- ask(t, &Transport{Handler: c}, "http://h.example", token, time.Minute) }()
		}
		for range 3 {
			<-done
		}
		ask(t, &Transport{Handler: c}, "http://h.example", token, time.Minute)
		if c.Calls(ServiceCFW) != 4 || c.MaxConcurrent(ServiceCFW) != 3 || c.JobCalls(ServiceCFW, "j1") != 4 || c.Calls(ServiceELB) != 0 {
			t.Errorf("%d calls, at most %d at once, %d of the job; want 4, 3, 4",
				c.Calls(ServiceCFW), c.MaxConcurrent(ServiceCFW), c.JobCalls(ServiceCFW, "j1"))
		}
		if got := c.LastHeader(ServiceCFW).Get("X-Auth-Token"); got != token {
			t.Errorf("the last token was %q, want %q", got, token)
		}
	})
}

func TestServerCloseEndsCallsAndWaits(t *testing.T) {
	c := newTestCloud(t, Options{})
	c.Inject(Fault{Delivery: Hang})
	s, err := c.Listen()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan outcome)
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	go func() { done <- ask(t, rt, s.URL, "t", time.Minute) }()
	for c.Calls(ServiceCFW) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := c.counts.of(ServiceCFW).current; n != 0 {
		t.Errorf("%d calls are under way after Close, want 0", n)
	}
	if o := <-done; o.err == nil || errors.Is(o.err, context.DeadlineExceeded) {
		t.Errorf("the client sees %v, want a broken connection", o.err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestRequestsAreLimited(t *testing.T) {
	c := newTestCloud(t, Options{})
	wantAnswer(t, do(c, http.MethodPost, "/v3/auth/tokens", strings.Repeat(" ", maxRequestBody+1), nil), 413, "APIG.0201")
}
