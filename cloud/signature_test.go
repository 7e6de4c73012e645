package cloud

import (
	"net/http"
	"testing"
	"time"

	"cloudjob_exporter/config/secrets"
)

// The example of "AK/SK Signing and Authentication", API Gateway documentation.
func TestTheDocumentedSignature(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	sign(req, "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", time.Date(2019, 11, 15, 3, 36, 55, 0, time.UTC))
	const want = "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, " +
		"Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
	if got := req.Header.Get("Authorization"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := req.Header.Get("X-Sdk-Date"); got != "20191115T033655Z" {
		t.Errorf("the date is %s", got)
	}
}

func TestCanonicalForms(t *testing.T) {
	for _, test := range []struct{ url, path, query string }{
		{"https://h", "/", ""},
		{"https://h/a/b/", "/a/b/", ""},
		{"https://h/a%20b/c+d*~e", "/a%20b/c%2Bd%2A~e/", ""},
		{"https://h/x?b=2&a=2&a=1&a-b=0", "/x/", "a=1&a=2&a-b=0&b=2"},
		{"https://h/x?k=a+b&e=&%C3%BC=%2F", "/x/", "e=&k=a%20b&%C3%BC=%2F"},
	} {
		req, err := http.NewRequest(http.MethodGet, test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := canonicalPath(req.URL); got != test.path {
			t.Errorf("%s: path %s, want %s", test.url, got, test.path)
		}
		if got := canonicalQuery(req.URL); got != test.query {
			t.Errorf("%s: query %s, want %s", test.url, got, test.query)
		}
	}
}

func TestWhatIsSentIsSigned(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "https://h/", nil)
	if err != nil {
		t.Fatal(err)
	}
	credential{accessKey: "AK", secretKey: secrets.New("SK"), securityToken: secrets.New("ST")}.apply(req, "P")
	if names, _ := signedHeaders(req); names != "host;x-project-id;x-sdk-date;x-security-token" {
		t.Errorf("signed: %s", names)
	}
}
