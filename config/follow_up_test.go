package config

import (
	"strings"
	"testing"
)

// TestOneMistakeIsOneError: what follows from a mistake is not reported, too.
func TestOneMistakeIsOneError(t *testing.T) {
	const (
		a    = "projects:\n- {name: huawei-prod, cloud: otc, region: eu-de, project_id: '1', metadata: true}\n"
		jobs = "jobs:\n- {provider: elb, project: otc-prod, ids: [a]}\n"
	)
	for name, tc := range map[string]struct{ text, want string }{
		"a name twice":          {a + strings.TrimPrefix(a, "projects:\n") + jobs, `c.yml:3: projects[1].name: the project in line 2 has the name "huawei-prod", too`},
		"a misspelt name":       {strings.Replace(a, "name", "nme", 1) + jobs, "c.yml:2: projects[0].nme: unknown key; did you mean name?"},
		"a bad name":            {strings.Replace(a, "huawei-prod", "'a b'", 1) + jobs, `c.yml:2: projects[0].name: must be 1 to 64 characters out of A-Z a-z 0-9 . _ -, not "a b"`},
		"no list of projects":   {"projects: otc-prod\n" + jobs, "c.yml:1: projects: must be a list, not text"},
		"an empty list":         {"projects: []\n" + jobs, "c.yml:1: projects: required: at least one project"},
		"misspelt projects":     {strings.Replace(a, "projects", "project", 1) + jobs, "c.yml:1: project: unknown key; did you mean projects?"},
		"a project as a text":   {a + "- otc-prod\n" + jobs, "c.yml:3: projects[1]: must be a mapping of keys to values, not text"},
		"a misspelt credential": {strings.Replace(a, "metadata", "metdata", 1), "c.yml:2: projects[0].metdata: unknown key; did you mean metadata?"},
		"a misspelt password":   {strings.Replace(a, "metadata: true", "username: u, pasword: p, domain_name: d", 1), "c.yml:2: projects[0].pasword: unknown key; did you mean password?"},
		"a misspelt ID":         {strings.Replace(a, "project_id", "projectid", 1), "c.yml:2: projects[0].projectid: unknown key; did you mean project_id?"},
		"a misspelt region":     {strings.Replace(a, "region", "regoin", 1), "c.yml:2: projects[0].regoin: unknown key; did you mean region?"},
		"misspelt job IDs":      {a + "jobs: [{provider: elb, project: huawei-prod, id: [a]}]", "c.yml:3: jobs[0].id: unknown key; did you mean ids?"},
		"a misspelt provider":   {a + "jobs: [{providr: elb, project: huawei-prod, ids: [a]}]", "c.yml:3: jobs[0].providr: unknown key; did you mean provider?"},
		"no space":              {strings.Replace(a, "name: huawei", "name:huawei", 1) + jobs, "c.yml:2: projects[0].\"name:…\": a space is missing after the colon; write key: value"},
		"no space, a secret":    {strings.Replace(a, "metadata: true", "username: u, domain_name: d, password:hunter2", 1), "c.yml:2: projects[0].\"password:…\": a space is missing after the colon; write key: value"},
		"no space, unknown":     {strings.Replace(a, "metadata: true", "metadata: true, secret:hunter2", 1), "c.yml:2: projects[0].\"secret:…\": unknown key; known are " + strings.Join(new(decoder).projectFields().Keys(), ", ")},
		"no spaces in a block":  {a + "poll:\n  interval:30s\n  timeout:10s\n", "c.yml:3: poll: must be a mapping of keys to values, not text; a key has a space after its colon"},
		"no space after dashes": {a + "job_files:\n  -a\n  -b\n", "c.yml:3: job_files: must be a list, not text; a list item begins with a dash and a space"},
		"a deeper line": {
			"projects:\n- name: p\n  cloud: otc\n  region: eu-de\n    password hunter2\n  project_id: '1'\n  metadata: true\n",
			"c.yml:4: projects[0].region: has more than one line; check the indentation of the next one",
		},
		"a deeper item": {
			a + "job_files:\n- a\n  - b\n",
			"c.yml:4: job_files[0]: has more than one line; check the indentation of the next one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("c.yml", []byte(tc.text), options())
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
