package main

import (
	"strings"
	"testing"

	"cloudjob_exporter/simulator"
)

const noCA = "    tls_config: {ca_file: ca.pem}\n"

func TestTheCheckFindsWhatStopsAStart(t *testing.T) {
	for name, test := range map[string]struct {
		sections string
		files    map[string]string
		want     []string // beginnings of lines, with . for the folder
	}{
		"a CA that is none": {
			noCA + twoJobs,
			map[string]string{"ca.pem": "nonsense"},
			[]string{`./cloudjob.yml:9: project "prod": tls_config: `},
		},
		"a CA that is missing": {
			noCA + twoJobs, nil,
			[]string{`./cloudjob.yml:9: project "prod": tls_config: `},
		},
		"a certificate without its key": {
			"    tls_config: {cert_file: cert.pem, key_file: password}\n",
			map[string]string{"cert.pem": "nonsense"},
			[]string{`./cloudjob.yml:9: project "prod": tls_config: `},
		},
		"job files": {
			"job_files: [jobs/*.yml, more.yml, none.yml]\n",
			map[string]string{"more.yml": "- {provider: cfw, project: test, ids: [a], stuck: 1h}\n"},
			[]string{"./more.yml:1: [0].stuck: ", "./more.yml:1: [0].project: "},
		},
		"all of it": {
			noCA + "job_files: [more.yml]\n",
			map[string]string{"more.yml": ""},
			[]string{`./cloudjob.yml:9: project "prod": tls_config: `, "./more.yml: is empty"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			flag := w.configure(t, test.sections)
			for file, text := range test.files {
				w.write(t, file, text)
			}
			code, output := exits(t, flag, "--config.check")
			if code != 1 || strings.Contains(output, "is good") {
				t.Errorf("exit code %d:\n%s", code, output)
			}
			var wrong []string
			for line := range strings.Lines(strings.ReplaceAll(output, w.folder, ".")) {
				if !strings.HasPrefix(line, "warning: ") {
					wrong = append(wrong, line)
				}
			}
			if len(wrong) != len(test.want) {
				t.Fatalf("want %d lines of\n%s", len(test.want), output)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(wrong[i], want) {
					t.Errorf("got  %swant %s", wrong[i], want)
				}
			}
		})
	}
}

func TestAStartSaysWhereABadCertificateIs(t *testing.T) {
	w := newWorld(t)
	flag := w.configure(t, noCA)
	w.write(t, "ca.pem", "nonsense")
	code, output := exits(t, flag)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, `err="configuration: `+w.path("cloudjob.yml")+`:9: project \"prod\": tls_config: `)
}

func TestTheCheckOnlyWarnsOfAMissingSecret(t *testing.T) {
	w := newWorld(t)
	flag := w.configure(t, "job_files: [more.yml]\n")
	w.write(t, "cloudjob.yml", strings.Replace(w.read(t, "cloudjob.yml"), "password_file: password", "password_file: none", 1))
	w.write(t, "more.yml", "- {provider: cfw, project: prod, ids: [a]}\n")
	code, output := exits(t, flag, "--config.check")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, `warning: project "prod": `, "/none: ", "cloudjob.yml is good.")
	if n := w.Calls(simulator.ServiceIAM) + w.Calls(simulator.ServiceCFW); n != 0 {
		t.Errorf("the check made %d calls", n)
	}
}
