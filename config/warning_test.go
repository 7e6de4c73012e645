package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cloudjob_exporter/strictyaml"
)

const usualID = "09bb24e6fe80d23d2fa2c010b53b418c"

// warningsOf is the warnings about a configuration in dir, whose absolute path becomes
// DIR in them.
func warningsOf(t *testing.T, text string, env ...string) (lines []string) {
	t.Helper()
	for _, w := range mustParse(t, strings.ReplaceAll(text, "ID", usualID), env...).Warnings {
		lines = append(lines, strings.ReplaceAll(w.String(), Absolute("dir"), "DIR"))
	}
	return lines
}

func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"spaces": "a b\n", "lines": "a\nb", "empty": "\n", "good": "a\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const (
		otc    = "projects:\n- name: p\n  cloud: otc\n  region: eu-de\n  project_id: ID\n"
		huawei = "projects:\n- name: p\n  cloud: huaweicloud\n  metadata: true\n  project_id: ID\n"
		jobs   = "jobs: [{provider: elb, project: p, ids: [a]}]\n"
	)
	noID := strings.Replace(otc, "ID", "eu-de_myproject", 1)
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"none":                      {otc + "  metadata: true\n" + jobs, nil},
		"max_stale":                 {otc + "  metadata: true\n" + jobs + "poll:\n  interval: 1h\n", []string{"dir/c.yml:9: poll.interval: poll.max_stale (15m) is shorter than poll.interval (1h): between two polls a job shows as unknown"}},
		"both":                      {otc + "  metadata: true\n" + jobs + "poll:\n  interval: 1h\n  max_stale: 1m", []string{"dir/c.yml:10: poll.max_stale: poll.max_stale (1m) is shorter than poll.interval (1h): between two polls a job shows as unknown"}},
		"project_id":                {noID + "  metadata: true\n" + jobs, []string{`dir/c.yml:5: projects[0].project_id: project IDs have 32 hexadecimal digits; "eu-de_myproject" looks like something else, such as the project's name`}},
		"region":                    {huawei + "  region: apsoutheast3\n" + jobs, []string{`dir/c.yml:6: projects[0].region: cloud "huaweicloud" has no region "apsoutheast3" that this version knows; did you mean ap-southeast-3?`}},
		"another region":            {huawei + "  region: ap-southeast3\n" + jobs, []string{`dir/c.yml:6: projects[0].region: cloud "huaweicloud" has no region "ap-southeast3" that this version knows; did you mean ap-southeast-3?`}},
		"a region unlike all":       {huawei + "  region: xx-new-world-9\n" + jobs, []string{`dir/c.yml:6: projects[0].region: cloud "huaweicloud" has no region "xx-new-world-9" that this version knows; known are ` + strings.Join(huaweiRegions, ", ")}},
		"a region that is not used": {huawei + "  region: xx-new-world-9\n  endpoints: {elb: https://e, cfw: https://c}\n" + jobs, nil},
		"a region that is known":    {huawei + "  region: eu-west-101\n" + jobs, nil},
		"no jobs":                   {otc + "  metadata: true\n", []string{"dir/c.yml:1: jobs: no jobs to watch: neither jobs nor job_files nor discover has an entry; only registration and /probe can add some"}},
		"no jobs in a list":         {otc + "  metadata: true\njobs: []\n", []string{"dir/c.yml:7: jobs: no jobs to watch: neither jobs nor job_files nor discover has an entry; only registration and /probe can add some"}},
		"job files":                 {otc + "  metadata: true\njob_files: [a]\n", nil},
		"registration":              {otc + "  metadata: true\nregistration: {}\n", nil},
		"discover":                  {otc + "  metadata: true\ndiscover: [{provider: elb, project: p}]\n", nil},
		"no IDs":                    {otc + "  metadata: true\njobs:\n- provider: elb\n  project: p\n  ids: []\n", []string{"dir/c.yml:10: jobs[0].ids: is empty, so this entry has no effect"}},
		"a project without jobs": {
			otc + "  metadata: true\n- {name: q, cloud: otc, region: eu-de, project_id: ID, metadata: true}\n" + jobs,
			[]string{`dir/c.yml:7: projects[1].name: no entry of jobs or discover uses project "q"; only registration and /probe can`},
		},
		"a project of job files": {otc + "  metadata: true\n- {name: q, cloud: otc, region: eu-de, project_id: ID, metadata: true}\njob_files: [a]\n" + jobs, nil},
		"missing files": {
			otc + "  access_key: a\n  secret_key_file: none\n  security_token_file: also/none\n  tls_config:\n    insecure_skip_verify: true\n" + jobs,
			[]string{
				"dir/c.yml:7: projects[0].secret_key_file: secret file: open DIR/none: no such file or directory",
				"dir/c.yml:8: projects[0].security_token_file: secret file: open DIR/also/none: no such file or directory",
				"dir/c.yml:10: projects[0].tls_config.insecure_skip_verify: certificates are not verified, so that others can pass for the cloud and read the credentials",
			},
		},
		"bad files": {
			otc + "  access_key: a\n  secret_key_file: " + dir + "/spaces\n  security_token_file: " + dir + "/lines\n" + jobs,
			[]string{
				"dir/c.yml:7: projects[0].secret_key_file: secret file " + dir + "/spaces has a space in it",
				"dir/c.yml:8: projects[0].security_token_file: secret file " + dir + "/lines has more than one line; only one line end, at its end, is ignored",
			},
		},
		"an empty file": {otc + "  token_file: " + dir + "/empty\n" + jobs, []string{"dir/c.yml:6: projects[0].token_file: secret file " + dir + "/empty is empty"}},
		"good files":    {otc + "  username: u\n  domain_name: d\n  password_file: " + dir + "/spaces\n" + jobs, nil},
		"plain HTTP": {
			otc + "  metadata: true\n  endpoints: {elb: \"http://127.0.0.1:1\", cfw: \"HTTP://b\", iam: \"http://c\"}\n" + jobs,
			[]string{"dir/c.yml:7: projects[0].endpoints: cfw, iam: not encrypted (http://), so that others can read and change what is sent there"},
		},
		"versions of APIs": {
			otc + "  metadata: true\n  endpoints:\n    elb: https://elb.test/v3/\n    cfw: https://cfw.test/base/v1.0\n    iam: https://iam.test/v3\n" + jobs,
			[]string{
				"dir/c.yml:8: projects[0].endpoints.elb: ends in the version of an API; the exporter adds one, such as /v1.0/…, itself",
				"dir/c.yml:9: projects[0].endpoints.cfw: ends in the version of an API; the exporter adds one, such as /v1.0/…, itself",
			},
		},
		"paths that are no versions": {otc + "  metadata: true\n  endpoints: {elb: https://v3, cfw: https://cfw.test/dev2}\n" + jobs, nil},
		"plain HTTP to this host":    {otc + "  metadata: true\n  endpoints: {elb: \"http://[::1]:1\", cfw: \"http://localhost\"}\n" + jobs, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := warningsOf(t, tc.text); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestWarningsOfOthersHaveALine(t *testing.T) {
	c := mustParse(t, "projects:\n- {name: p, cloud: otc, region: eu-de, project_id: '1', metadata: true}\n"+
		"- name: q\n  cloud: otc\n  region: eu-de\n  project_id: '1'\n  cloud_name: otc\njob_files:\n- a\n- b\n")
	for want, w := range map[string]strictyaml.Warning{
		"dir/c.yml:7: projects[1].cloud_name: text": c.ProjectWarning(1, "cloud_name", "text"),
		"dir/c.yml:10: job_files[1]: text":          c.JobFilesWarning(1, "text"),
	} {
		if w.String() != want {
			t.Errorf("got %s, want %s", w, want)
		}
	}
}
