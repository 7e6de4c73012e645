package sanitize

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

const (
	hidden = "<secret>"
	// shortestSecret is the length in bytes from which a secret is looked for in
	// answers: one that is shorter is none that a cloud gave, and might be a word.
	shortestSecret = 8
)

// Body hides the secrets of a call in the body of a response, before anything of it
// becomes a label, a page or a log line. It sees through the escapes of JSON, and
// returns the same JSON otherwise.
func Body(body []byte, secrets []string) []byte {
	if bytes.IndexByte(body, '\\') >= 0 {
		body = unescape(body)
	}
	for _, secret := range longestFirst(secrets) {
		if len(secret) < shortestSecret {
			continue
		}
		body = bytes.ReplaceAll(body, []byte(secret), []byte(hidden))
		if quoted, err := json.Marshal(secret); err == nil { // with " or \ in it
			body = bytes.ReplaceAll(body, unescape(quoted[1:len(quoted)-1]), []byte(hidden))
		}
	}
	return body
}

// unescape writes the printable characters of ASCII as themselves, but for those
// that must be escaped in JSON.
func unescape(body []byte) []byte {
	plain := make([]byte, 0, len(body))
	for len(body) > 0 {
		if body[0] != '\\' || len(body) < 2 {
			plain = append(plain, body[0])
			body = body[1:]
			continue
		}
		if body[1] == '/' {
			plain = append(plain, '/')
			body = body[2:]
			continue
		}
		if body[1] == 'u' && len(body) >= 6 {
			r, err := strconv.ParseUint(string(body[2:6]), 16, 16)
			if err == nil && r >= ' ' && r < 0x7f && r != '"' && r != '\\' {
				plain = append(plain, byte(r))
				body = body[6:]
				continue
			}
		}
		plain = append(plain, body[:2]...)
		body = body[2:]
	}
	return plain
}

// longestFirst orders secrets so that none leaves the rest of another, and leaves
// out those that are empty.
func longestFirst(secrets []string) []string {
	sorted := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	slices.SortStableFunc(sorted, func(a, b string) int { return len(b) - len(a) })
	return sorted
}
