package cloud

import (
	"bufio"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
)

const longToken = "MIItoken0123456789"

// answer is a server that answers every connection with these bytes, in which
// TOKEN stands for the token that was sent, and then hangs up.
func answer(t *testing.T, text string) (endpoint string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write([]byte(strings.ReplaceAll(text, "TOKEN", r.Header.Get(headerToken)+r.Header.Get("Proxy-Authorization"))))
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

// TestBrokenAnswersLeakNothing: net/http quotes what it cannot read.
func TestBrokenAnswersLeakNothing(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		reason job.Reason
	}{
		"no HTTP":                  {"you sent TOKEN\r\n\r\n", job.Network},
		"no status":                {"HTTP/1.1 TOKEN OK\r\n\r\n", job.Network},
		"a header without a colon": {"HTTP/1.1 200 OK\r\nTOKEN\r\n\r\n", job.Network},
		"a length that is none":    {"HTTP/1.1 200 OK\r\nContent-Length: TOKEN\r\n\r\n", job.Network},
		"an encoding that is none": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: TOKEN\r\n\r\n", job.Network},
		"a redirect to nowhere":    {"HTTP/1.1 302 Found\r\nLocation: http://[TOKEN/%zz\r\nContent-Length: 0\r\n\r\n", job.BadResponse},
		"a chunk that is none":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nTOKEN\r\n", job.Network},
		"a long line":              {strings.Repeat("TOKEN", 8000) + "\r\n\r\n", job.Network},
		"an endless header":        {"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: TOKEN\r\n", maxHeader/8) + "\r\n", job.Network},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := dial(t, answer(t, test.text), func(p *config.Project) { p.Token = secret(longToken) })
			err := get(client)
			want(t, err, test.reason)
			if n := len(err.Error()); n > 1000 {
				t.Errorf("the error has %d bytes: %.200s", n, err)
			}
			leaks(t, []any{err}, longToken)
		})
	}
}

// TestAnAnswerThatEchoesTheTokenDoesNotLeakIt: texts of an answer become labels
// and pages.
func TestAnAnswerThatEchoesTheTokenDoesNotLeakIt(t *testing.T) {
	for name, text := range map[string]string{
		"plain":   `{"data":{"status":"Failed","fail_reason":"TOKEN is no good"}}`,
		"escaped": `{"data":{"status":"Failed","fail_reason":"\u004dIItoken012345678\u0039 is no good"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := dial(t, answer(t, "HTTP/1.1 200 OK\r\n\r\n"+text), func(p *config.Project) { p.Token = secret(longToken) })
			body, err := bodyOf(client, context.Background(), "cfw")
			if want := `{"data":{"status":"Failed","fail_reason":"<secret> is no good"}}`; err != nil || string(body) != want {
				t.Errorf("got %s, %v", body, err)
			}
		})
	}
}

// TestAProxyThatEchoesItsPasswordDoesNotLeakIt: the status of a refused CONNECT
// is the error's text.
func TestAProxyThatEchoesItsPasswordDoesNotLeakIt(t *testing.T) {
	address, err := url.Parse(answer(t, "HTTP/1.1 407 proxy-password and connect-header are wrong\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("me", "proxy-password")
	for name, auth := range map[string]func(*config.Project){
		"token":    func(p *config.Project) { p.Token = secret(longToken) },
		"password": func(p *config.Project) { p.Token = secrets.Source{}; withPassword("pass-word")(p) },
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := dial(t, "https://cfw.invalid", func(p *config.Project) {
				p.Endpoints["iam"] = "https://iam.invalid/v3"
				p.Proxy.URL = address
				p.Proxy.ConnectHeader = map[string][]secrets.Text{"X-Key": {secrets.New("connect-header")}}
				auth(p)
			})
			err := get(client)
			want(t, err, job.Network)
			if !strings.Contains(err.Error(), "<secret> and <secret> are wrong") {
				t.Errorf("got %v", err)
			}
			leaks(t, []any{err, client}, "proxy-password", "connect-header")
		})
	}
}

// TestAProxyThatEchoesItsHeaderDoesNotLeakIt: the header has the user and the password
// in base64.
func TestAProxyThatEchoesItsHeaderDoesNotLeakIt(t *testing.T) {
	for _, password := range []string{"proxy-password", "geheim1", "password"} {
		header := base64.StdEncoding.EncodeToString([]byte("me:" + password))
		address, err := url.Parse(answer(t, "HTTP/1.1 407 you sent TOKEN\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("me", password)
		client, _ := dial(t, "https://cfw.invalid", func(p *config.Project) {
			p.Token = secret(longToken)
			p.Proxy.URL = address
		})
		err = get(client)
		want(t, err, job.Network)
		leaks(t, []any{err, client}, header, strings.TrimRight(header, "="))
	}
}
