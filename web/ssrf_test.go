package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAProbeReachesNothingElse tries what is known to lead such handlers astray.
func TestAProbeReachesNothingElse(t *testing.T) {
	good := url.Values{"provider": {"elb"}, "project": {"prod"}, "job_id": {"a"}}
	for name, change := range map[string]url.Values{
		"the parent":               {"job_id": {".."}},
		"the folder":               {"job_id": {"."}},
		"a path":                   {"job_id": {"../../../v3/auth/tokens"}},
		"an escaped path":          {"job_id": {"..%2f..%2fservers"}},
		"a path escaped twice":     {"job_id": {"%252e%252e%252f"}},
		"a backslash":              {"job_id": {`..\..`}},
		"a query":                  {"job_id": {"a?limit=1"}},
		"a fragment":               {"job_id": {"a#b"}},
		"path parameters":          {"job_id": {"a;b=c"}},
		"another host":             {"job_id": {"@evil.test/"}},
		"a URL":                    {"job_id": {"http://169.254.169.254/openstack/latest/securitykey"}},
		"a newline":                {"job_id": {"a\n"}},
		"a header":                 {"job_id": {"a HTTP/1.1\r\nX-Auth-Token: b\r\n"}},
		"a zero byte":              {"job_id": {"a\x00"}},
		"a full-width stop":        {"job_id": {"．．／a"}},
		"a letter that looks so":   {"job_id": {"\u0430"}},
		"bytes that are no UTF-8":  {"job_id": {"\xc0\xae\xc0\xae\xc0\xaf"}},
		"a placeholder":            {"job_id": {"{project_id}"}},
		"a long ID":                {"job_id": {strings.Repeat("a", 129)}},
		"a very long ID":           {"job_id": {strings.Repeat("a", 1<<20)}},
		"a provider with a slash":  {"provider": {"elb/../iam"}},
		"the identity service":     {"provider": {"iam"}},
		"the metadata service":     {"provider": {"metadata"}},
		"a provider that is a URL": {"provider": {"http://evil.test"}},
		"another case":             {"provider": {"ELB"}},
		"a version with a slash":   {"api_version": {"v3/../.."}},
		"another's version":        {"api_version": {"v2"}},
		"a project that is none":   {"project": {"prod/../test"}},
		"a project ID":             {"project": {"0123abcd"}},
		"an address":               {"target": {"http://evil.test"}},
		"two IDs":                  {"job_id": {"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			query := url.Values{}
			maps.Copy(query, good)
			maps.Copy(query, change)
			var c recordingCloud
			if status := c.probe(t, query.Encode()); status != http.StatusBadRequest || c.calls != 0 {
				t.Errorf("got %d after %d calls", status, c.calls)
			}
		})
	}
}

func TestAProbeReachesTheJob(t *testing.T) {
	for _, id := range []string{"a", "a..b", "...", "-", "_", strings.Repeat("a", 128)} {
		for _, api := range []string{"provider=elb", "provider=elb&api_version=v3", "provider=cfw"} {
			var c recordingCloud
			if status := c.probe(t, api+"&project=prod&job_id="+id); status != http.StatusOK {
				t.Errorf("%s %s: got %d", api, id, status)
			}
		}
	}
}
