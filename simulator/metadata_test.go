package simulator

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

const (
	sessionPath = "/meta-data/latest/api/token"
	keyPath     = "/openstack/latest/securitykey"
)

func agencyKey(t *testing.T, c *Cloud, session string) Key {
	t.Helper()
	got := do(c, http.MethodGet, keyPath, "", http.Header{"X-Metadata-Token": {session}})
	var answer struct {
		Credential struct {
			Access, Secret, SecurityToken string
			ExpiresAt                     string `json:"expires_at"`
		}
	}
	if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%d %s: %v", got.Code, got.Body, err)
	}
	expires, err := time.Parse(timeLayout, answer.Credential.ExpiresAt)
	if err != nil {
		t.Fatal(err)
	}
	a := answer.Credential
	return Key{Access: a.Access, Secret: a.Secret, SecurityToken: a.SecurityToken, Expires: expires}
}

func TestMetadataKeysRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.SetAgency(testProject)
		c.AddJob(runningJob())
		session := do(c, http.MethodPut, sessionPath, "", http.Header{"X-Metadata-Token-Ttl-Seconds": {"21600"}}).Body.String()
		use := func(k Key, status int, text string) {
			t.Helper()
			header := http.Header{"X-Security-Token": {k.SecurityToken}}
			wantAnswer(t, signedGet(c, k, jobPath, header, "host;x-sdk-date;x-security-token"), status, text)
		}

		first := agencyKey(t, c, session)
		if want := time.Now().Add(time.Hour); !first.Expires.Equal(want) {
			t.Errorf("the key expires at %v, want %v", first.Expires, want)
		}
		use(first, 200, "Running")

		time.Sleep(50*time.Minute - time.Second)
		if again := agencyKey(t, c, session); again.Access != first.Access {
			t.Errorf("the key is %s, want %s until 10 min before its end", again.Access, first.Access)
		}
		time.Sleep(time.Second)
		second := agencyKey(t, c, session)
		if second.Access == first.Access {
			t.Error("the key is the same 10 min before its end")
		}
		use(first, 200, "Running")
		use(second, 200, "Running")
		time.Sleep(10 * time.Minute)
		use(first, 401, "expired")
		use(second, 200, "Running")
	})
}

func TestMetadataSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.SetAgency(testProject)
		ttl := func(s string) http.Header { return http.Header{"X-Metadata-Token-Ttl-Seconds": {s}} }
		for _, wrong := range []string{"", "0", "21601", "x"} {
			wantAnswer(t, do(c, http.MethodPut, sessionPath, "", ttl(wrong)), 400, "Bad Request")
		}
		session := http.Header{"X-Metadata-Token": {do(c, http.MethodPut, sessionPath, "", ttl("60")).Body.String()}}
		wantAnswer(t, do(c, http.MethodGet, keyPath, "", nil), 401, "Unauthorized")
		wantAnswer(t, do(c, http.MethodGet, keyPath, "", session), 200, "securitytoken")
		time.Sleep(time.Minute)
		wantAnswer(t, do(c, http.MethodGet, keyPath, "", session), 401, "Unauthorized")
	})
}

func TestMetadataVersion1(t *testing.T) {
	c := newTestCloud(t, Options{MetadataV1Only: true})
	wantAnswer(t, do(c, http.MethodPut, sessionPath, "", http.Header{"X-Metadata-Token-Ttl-Seconds": {"60"}}), 404, "Not Found")
	wantAnswer(t, do(c, http.MethodGet, keyPath, "", nil), 404, "Not Found")
	c.SetAgency(testProject)
	wantAnswer(t, do(c, http.MethodGet, keyPath, "", nil), 200, "securitytoken")
}
