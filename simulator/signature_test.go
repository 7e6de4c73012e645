package simulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// vectorRequest is the example of "AK/SK Signing and Authentication"; its key
// is published there.
func vectorRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"+
		"?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0", nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Sdk-Date", "20191115T033655Z")
	return r
}

const (
	vectorSecret    = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
	vectorSignature = "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
	vectorHeader    = "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, Signature=" + vectorSignature
)

var vectorTime = time.Date(2019, 11, 15, 3, 36, 55, 0, time.UTC)

func TestVerifyOfficialVector(t *testing.T) {
	s, err := parseSignature(vectorHeader)
	if err != nil {
		t.Fatal(err)
	}
	for _, skew := range []time.Duration{0, maxSkew, -maxSkew} {
		if err := s.verify(vectorRequest(), nil, vectorSecret, vectorTime.Add(skew)); err != nil {
			t.Errorf("refused at a skew of %v: %v", skew, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(r *http.Request, s *signature)
		secret string
		body   string
		skew   time.Duration
		want   string
	}{
		"another secret":          {secret: "other", want: "verify aksk signature fail"},
		"another body":            {body: "x", want: "verify aksk signature fail"},
		"another method":          {change: func(r *http.Request, _ *signature) { r.Method = http.MethodPut }, want: "verify aksk signature fail"},
		"another path":            {change: func(r *http.Request, _ *signature) { r.URL.Path += "/x" }, want: "verify aksk signature fail"},
		"another query":           {change: func(r *http.Request, _ *signature) { r.URL.RawQuery += "&limit=3" }, want: "verify aksk signature fail"},
		"another host":            {change: func(r *http.Request, _ *signature) { r.Host = "evil.example" }, want: "verify aksk signature fail"},
		"another signed header":   {change: func(r *http.Request, _ *signature) { r.Header.Set("Content-Type", "text/plain") }, want: "verify aksk signature fail"},
		"late":                    {skew: maxSkew + time.Second, want: "x-sdk-date is 15m1s off"},
		"early":                   {skew: -maxSkew - time.Second, want: "x-sdk-date is 15m1s off"},
		"no date":                 {change: func(r *http.Request, _ *signature) { r.Header.Del("X-Sdk-Date") }, want: "x-sdk-date is missing"},
		"host not signed":         {change: func(_ *http.Request, s *signature) { s.headers = []string{"x-sdk-date"} }, want: "host is not signed"},
		"date not signed":         {change: func(_ *http.Request, s *signature) { s.headers = []string{"host"} }, want: "x-sdk-date is not signed"},
		"headers out of order":    {change: func(_ *http.Request, s *signature) { s.headers = []string{"x-sdk-date", "host"} }, want: "signed headers are not in order"},
		"project not signed":      {change: func(r *http.Request, _ *signature) { r.Header.Set("X-Project-Id", "p") }, want: "x-project-id is not signed"},
		"security token unsigned": {change: func(r *http.Request, _ *signature) { r.Header.Set("X-Security-Token", "t") }, want: "x-security-token is not signed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := vectorRequest()
			s, err := parseSignature(vectorHeader)
			if err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(r, &s)
			}
			err = s.verify(r, []byte(tt.body), or(tt.secret, vectorSecret), vectorTime.Add(tt.skew))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

func TestCanonicalRequestEscapes(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "http://h/a%2Fb/c%20d~/?b=2&a=x+y&a=%2F", nil)
	s := signature{headers: []string{"host"}}
	want := "GET\n/a%2Fb/c%20d~/\na=%2F&a=x%20y&b=2\nhost:h\n\nhost\n" +
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := s.canonicalRequest(r, nil); got != want {
		t.Errorf("canonical request is\n%s\nwant\n%s", got, want)
	}
}

func TestParseSignatureRefuses(t *testing.T) {
	for _, header := range []string{
		"Basic dTpw",
		"SDK-HMAC-SHA256 Access=a, SignedHeaders=host",
		"SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=",
		"SDK-HMAC-SHA256 Access=a, Access=b, SignedHeaders=host, Signature=00",
		"SDK-HMAC-SHA256 Credential=a/20191115///sdk_request, SignedHeaders=host, Signature=00",
	} {
		if s, err := parseSignature(header); err == nil {
			t.Errorf("%q is taken as %+v", header, s)
		}
	}
}
