package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testProject  = "09bb24e6fe80d23d2fa2c010b53b418c"
	otherProject = "5dd3c0b24cdc4d31952c49589182a89d"
)

var testKey = Key{Access: "AK", Secret: "SK", Projects: []string{testProject}}

// newTestCloud has two projects, a user and a key that may see the first one.
func newTestCloud(t *testing.T, o Options) *Cloud {
	t.Helper()
	c := New(o)
	t.Cleanup(c.Close)
	c.SetProject(Project{ID: testProject, Name: "eu-de_test"})
	c.SetProject(Project{ID: otherProject, Name: "eu-de_other"})
	c.SetUser(User{ID: "u1", Name: "reader", Domain: "D", Password: "right", Projects: []string{testProject}})
	c.SetKey(testKey)
	return c
}

// do calls the cloud directly and gives the whole answer.
func do(c *Cloud, method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://cloud.example"+path, strings.NewReader(body))
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// get asks with a good token for the first project.
func get(t *testing.T, c *Cloud, path string) *httptest.ResponseRecorder {
	t.Helper()
	return do(c, http.MethodGet, path, "", http.Header{"X-Auth-Token": {c.IssueToken(testProject)}})
}

// sign signs a request as a client would. The official vector holds
// canonicalRequest to the document, so it may serve both sides here.
func sign(r *http.Request, k Key, now time.Time, headers, body string) {
	date := now.UTC().Format(signingDate)
	r.Header.Set("X-Sdk-Date", date)
	s := signature{headers: strings.Split(headers, ";")}
	hash := sha256.Sum256([]byte(s.canonicalRequest(r, []byte(body))))
	mac := hmac.New(sha256.New, []byte(k.Secret))
	fmt.Fprintf(mac, "%s\n%s\n%s", algorithm, date, hex.EncodeToString(hash[:]))
	r.Header.Set("Authorization", fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%x",
		algorithm, k.Access, headers, mac.Sum(nil)))
}

// recorded reads a response to its end.
func recorded(t *testing.T, resp *http.Response) *httptest.ResponseRecorder {
	t.Helper()
	defer resp.Body.Close()
	w := httptest.NewRecorder()
	w.Code = resp.StatusCode
	if _, err := io.Copy(w.Body, resp.Body); err != nil {
		t.Fatal(err)
	}
	return w
}

// wantAnswer checks the status, and that the body has the text.
func wantAnswer(t *testing.T, got *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if got.Code != status || !strings.Contains(got.Body.String(), text) {
		t.Errorf("answer is %d %s, want %d with %q", got.Code, got.Body, status, text)
	}
}

// wantJSON checks a body against JSON, whatever its white space and order of keys.
func wantJSON(t *testing.T, got io.Reader, want string) {
	t.Helper()
	var g, w any
	if err := json.NewDecoder(got).Decode(&g); err != nil {
		t.Fatalf("body is no JSON: %v", err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	gs, _ := json.MarshalIndent(g, "", " ")
	ws, _ := json.MarshalIndent(w, "", " ")
	if string(gs) != string(ws) {
		t.Errorf("body is\n%s\nwant\n%s", gs, ws)
	}
}

func decode(t *testing.T, got *httptest.ResponseRecorder, v any) {
	t.Helper()
	if err := json.Unmarshal(got.Body.Bytes(), v); err != nil {
		t.Fatalf("%d %s: %v", got.Code, got.Body, err)
	}
}
