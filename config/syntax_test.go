package config

import (
	"strings"
	"testing"
)

// TestSlipsOfValidYAML has slips in the indentation that YAML allows, and that change
// what a key belongs to.
func TestSlipsOfValidYAML(t *testing.T) {
	for text, want := range map[string]string{
		project + "metadata: true}\njobs:\n- provider: elb\n  project: p\n  ids: [a]\n  provider: cfw\n":                             "c.yml:7: jobs[0].provider: given twice, first in line 4",
		"---\n---\n" + project + "metadata: true}\n":                                                                                 "c.yml:2: a second document begins; a file holds one document",
		"projects:\n- name: p\n  cloud: otc\n  region: eu-de\n  project_id: '1'\n  metadata: true\n  endpoints:\n  elb: https://e\n": "c.yml:8: projects[0].elb: unknown key; known are " + strings.Join(new(decoder).projectFields().Keys(), ", "),
	} {
		if _, err := Parse("c.yml", []byte(text), options()); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestSlipsInJobFiles: job files are read in the same way.
func TestSlipsInJobFiles(t *testing.T) {
	c := mustParse(t, project+"metadata: true}")
	for text, want := range map[string]string{
		"---\n---\n- provider: cfw\n  project: p\n  ids: [a]\n":        "a.yml:2: a second document begins; a file holds one document",
		"- provider: cfw\n  project: p\n   ids: [a]\n":                 "a.yml:3: check the indentation: this line is deeper than line 2, which has a value already",
		"- provider: cfw\n  project: p\n  ids: [a]\nprovider: elb\n":   "a.yml:4: check the indentation: a key where the list of line 1 goes on; it must be deeper, or begin with a dash",
		"- provider: cfw\n  project: p\n  ids: [a\n- provider: elb\n":  "a.yml:3: a bracket opened in line 3 is never closed",
		"- provider: cfw\n  project: p\n  ids:\n    - a\n   - b\n":     "a.yml:5: check the indentation: this line begins in column 4, which fits nothing above; column 5 would continue line 4, column 3 line 1",
		"- provider: cfw\n  project: 'p\n  ids: [a]\n":                 "a.yml:2: a quote opened in line 2 is never closed",
		"- provider: cfw\n  project: p\n  ids: [a]\n -provider: elb\n": "a.yml:4: check the indentation: this line begins in column 2, which fits nothing above; column 3 would continue line 1, column 1 line 1",
	} {
		if _, err := c.ParseJobs("a.yml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
