// Package signature signs requests with an access key, as the API gateways of Huawei Cloud
// and Open Telekom Cloud require ("AK/SK Signing and Authentication",
// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html).
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "SDK-HMAC-SHA256"
	dateFormat = "20060102T150405Z"

	headerDate = "X-Sdk-Date"
)

// Headers that are signed if the request has them.
const (
	HeaderProject       = "X-Project-Id"
	HeaderSecurityToken = "X-Security-Token" // of a temporary key
)

// Sign signs a request and its body, neither of which may change afterwards (Access= form).
// It signs the host, the date, and those of Content-Type, X-Project-Id and X-Security-Token
// that the request has; the gateway refuses a date that is more than 15 min off.
func Sign(req *http.Request, body []byte, accessKey, secretKey string, now time.Time) {
	date := now.UTC().Format(dateFormat)
	req.Header.Set(headerDate, date)

	names, headers := signedHeaders(req)
	bodyHash := sha256.Sum256(body)
	canonical := strings.Join([]string{
		req.Method, canonicalPath(req.URL), canonicalQuery(req.URL), headers, names, hex.EncodeToString(bodyHash[:]),
	}, "\n")
	hash := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secretKey))
	fmt.Fprintf(mac, "%s\n%s\n%s", algorithm, date, hex.EncodeToString(hash[:]))
	req.Header.Set("Authorization", fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%s",
		algorithm, accessKey, names, hex.EncodeToString(mac.Sum(nil))))
}

// signedHeaders returns the names of the headers to sign, and their canonical
// block, which ends in a newline.
func signedHeaders(req *http.Request) (names, block string) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	values := map[string]string{"host": host}
	for _, h := range []string{"Content-Type", headerDate, HeaderProject, HeaderSecurityToken} {
		if v := req.Header.Get(h); v != "" {
			values[strings.ToLower(h)] = strings.TrimSpace(v)
		}
	}
	sorted := slices.Sorted(maps.Keys(values))
	var b strings.Builder
	for _, name := range sorted {
		fmt.Fprintf(&b, "%s:%s\n", name, values[name])
	}
	return strings.Join(sorted, ";"), b.String()
}

// canonicalPath is the path with each segment escaped, and a slash at the end.
func canonicalPath(u *url.URL) string {
	segments := strings.Split(u.Path, "/")
	for i, s := range segments {
		segments[i] = escape(s)
	}
	path := strings.Join(segments, "/")
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	return path
}

// canonicalQuery is the query sorted by key, then by value.
func canonicalQuery(u *url.URL) string {
	query := u.Query()
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		for _, v := range slices.Sorted(slices.Values(query[key])) {
			pairs = append(pairs, escape(key)+"="+escape(v))
		}
	}
	return strings.Join(pairs, "&")
}

// escape escapes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
