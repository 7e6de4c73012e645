package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm   = "SDK-HMAC-SHA256"
	signingDate = "20060102T150405Z"
	maxSkew     = 15 * time.Minute
)

// signature is the Authorization header of a signed request, taken apart.
type signature struct {
	access  string
	headers []string // names, lower case and in order
	value   string
}

// parseSignature reads "SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…".
func parseSignature(authorization string) (signature, error) {
	fields, ok := strings.CutPrefix(authorization, algorithm+" ")
	if !ok {
		return signature{}, errors.New("authorization is not " + algorithm)
	}
	got := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if _, twice := got[name]; twice {
			return signature{}, fmt.Errorf("%s is given twice", name)
		}
		got[name] = value
	}
	s := signature{
		access:  got["Access"],
		headers: strings.Split(got["SignedHeaders"], ";"),
		value:   got["Signature"],
	}
	if s.access == "" || got["SignedHeaders"] == "" || s.value == "" || len(got) != 3 {
		return signature{}, errors.New("authorization needs exactly Access, SignedHeaders and Signature")
	}
	return s, nil
}

// verify checks the signature of a request by "AK/SK Signing and
// Authentication". Beyond the arithmetic it wants the date within 15 min, and
// host, date, project and security token signed where they are sent.
func (s signature) verify(r *http.Request, body []byte, secret string, now time.Time) error {
	date := r.Header.Get("X-Sdk-Date")
	signed, err := time.Parse(signingDate, date)
	if err != nil {
		return errors.New("x-sdk-date is missing or not like " + signingDate)
	}
	if skew := now.Sub(signed).Abs(); skew > maxSkew {
		return fmt.Errorf("x-sdk-date is %s off", skew)
	}
	if err := s.covers(r.Header); err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(s.canonicalRequest(r, body)))
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s\n%s", algorithm, date, hex.EncodeToString(hash[:]))
	if !hmac.Equal([]byte(s.value), []byte(hex.EncodeToString(mac.Sum(nil)))) {
		return errors.New("verify aksk signature fail")
	}
	return nil
}

// covers checks which headers are signed.
func (s signature) covers(h http.Header) error {
	if !slices.IsSorted(s.headers) {
		return errors.New("signed headers are not in order")
	}
	must := []string{"host", "x-sdk-date"}
	for _, name := range []string{"x-project-id", "x-security-token"} {
		if h.Get(name) != "" {
			must = append(must, name)
		}
	}
	for _, name := range must {
		if !slices.Contains(s.headers, name) {
			return errors.New(name + " is not signed")
		}
	}
	return nil
}

func (s signature) canonicalRequest(r *http.Request, body []byte) string {
	var b strings.Builder
	path := segments(r.URL.EscapedPath())
	if path[len(path)-1] == "" {
		path = path[:len(path)-1]
	}
	b.WriteString(r.Method + "\n/")
	for _, segment := range path {
		b.WriteString(escape(segment) + "/")
	}
	b.WriteString("\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range s.headers {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		b.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	hash := sha256.Sum256(body)
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + hex.EncodeToString(hash[:]))
	return b.String()
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, escape(name)+"="+escape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape leaves only the unreserved characters of RFC 3986 as they are.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
