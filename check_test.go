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
			[]string{"./cloudjob.yml:9: projects[0].tls_config.ca_file: unable to use specified CA cert ./ca.pem"},
		},
		"a CA that is missing": {
			noCA + twoJobs, nil,
			[]string{"./cloudjob.yml:9: projects[0].tls_config.ca_file: unable to read CA cert: open ./ca.pem: "},
		},
		"a certificate without its key": {
			"    tls_config: {cert_file: cert.pem, key_file: password}\n",
			map[string]string{"cert.pem": "nonsense"},
			[]string{"./cloudjob.yml:9: projects[0].tls_config.cert_file: unable to use specified client cert (./cert.pem) & key (./password): "},
		},
		"job files": {
			"job_files: [jobs/*.yml, more.yml, none.yml]\n",
			map[string]string{"more.yml": "- {provider: cfw, project: test, ids: [a], stuck: 1h}\n"},
			[]string{"./more.yml:1: [0].stuck: ", "./more.yml:1: [0].project: "},
		},
		"all of it": {
			noCA + "pol: {}\n", nil,
			[]string{"./cloudjob.yml:9: projects[0].tls_config.ca_file: ", "./cloudjob.yml:10: pol: unknown key"},
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
	contains(t, output, `err="configuration: `+w.path("cloudjob.yml")+`:9: projects[0].tls_config.ca_file: unable to use specified CA cert `+w.path("ca.pem")+`"`)
}

func TestTheCheckOnlyWarnsOfAMissingSecret(t *testing.T) {
	w := newWorld(t)
	flag := w.configure(t, "job_files: [more.yml]\n")
	w.write(t, "cloudjob.yml", strings.Replace(w.configuration(t), "password_file: password", "password_file: none", 1))
	w.write(t, "more.yml", "- {provider: cfw, project: prod, ids: [a]}\n")
	code, output := exits(t, flag, "--config.check")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, "warning: "+w.path("cloudjob.yml")+":7: projects[0].password_file: secret file: open "+w.path("none")+": no such file or directory\n",
		"cloudjob.yml is good.")
	if n := w.Calls(simulator.ServiceIAM) + w.Calls(simulator.ServiceCFW); n != 0 {
		t.Errorf("the check made %d calls", n)
	}
}

func TestWarningsOfTheCheck(t *testing.T) {
	const one = "jobs: [{provider: cfw, project: prod, ids: [a]}]\n"
	for name, test := range map[string]struct {
		sections string
		want     []string // lines, with . for the folder
	}{
		"none":               {one, nil},
		"no jobs":            {"", []string{"./cloudjob.yml:2: jobs: no jobs to watch: neither jobs nor job_files nor discover has an entry; only registration and /probe can add some"}},
		"a file that is not": {"job_files: [more.yml, jobs.d/*.yml, cloudjob.*]\n", []string{"./cloudjob.yml:9: job_files[0]: no file matches ./more.yml", "./cloudjob.yml:9: job_files[1]: no file matches ./jobs.d/*.yml"}},
		"clouds.yaml": {
			"  - {name: otc, cloud: otc, region: eu-de, project_id: " + testProject + ", cloud_name: otc}\n" + one + "discover: [{provider: elb, project: otc}]\n",
			[]string{`./cloudjob.yml:9: projects[1].cloud_name: clouds.yaml not found; looked for in `},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			flag := w.configure(t, test.sections)
			w.write(t, "clouds.yaml", "clouds: {}\n")
			if strings.Contains(test.sections, "cloudjob.*") {
				w.write(t, "cloudjob.more", "[]")
				w.write(t, "cloudjob.yml", strings.Replace(w.configuration(t), "cloudjob.*", "cloudjob.m*", 1))
			}
			for strict, want := range map[string]int{"--no-config.check-strict": 0, "--config.check-strict": min(len(test.want), 1)} {
				code, output := exits(t, flag, "--config.check", strict)
				output = strings.ReplaceAll(output, w.folder, ".")
				if code != want || strings.Contains(output, "is good.") != (code == 0) || strings.Count(output, "warning: ") != len(test.want) {
					t.Errorf("%s: exit code %d, want %d:\n%s", strict, code, want, output)
				}
				for _, line := range test.want {
					contains(t, output, "warning: "+line)
				}
			}
		})
	}
}

func TestTheCheckWarnsOfUnknownVariables(t *testing.T) {
	t.Setenv("CLOUDJOB_EXPORTER_LOGLEVEL", "pass-word")
	w := newWorld(t)
	flag := w.configure(t, twoJobs)
	for strict, want := range map[string]int{"--no-config.check-strict": 0, "--config.check-strict": 1} {
		code, output := exits(t, flag, "--config.check", strict)
		if code != want || strings.Contains(output, "pass-word") {
			t.Errorf("%s: exit code %d, want %d:\n%s", strict, code, want, output)
		}
		contains(t, output, "warning: environment variable CLOUDJOB_EXPORTER_LOGLEVEL ignored: no flag has this variable, did you mean CLOUDJOB_EXPORTER_LOG_LEVEL?\n")
	}
}

func TestTheCheckMustBeAskedFor(t *testing.T) {
	code, output := exits(t, "--config.check-strict")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, "--config.check-strict only works with --config.check")
}

func TestTheCheckReadsTheWebConfig(t *testing.T) {
	w := newWorld(t)
	flag := w.configure(t, twoJobs)
	for name, test := range map[string]struct{ text, want string }{
		"good":           {"basic_auth_users: {a: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}\n", ""},
		"empty":          {"", ""},
		"an unknown key": {"tls_config: {cert: a}\nhunter: 1\n", "line 2: field hunter not found in type web.Config"},
		"another kind":   {"basic_auth_users: hunter2\n", "line 1: cannot unmarshal !!str … into map[string]config.Secret"},
		"no hash":        {"basic_auth_users: {a: hunter2}\n", "crypto/bcrypt: hashedSecret too short to be a bcrypted password"},
		"no YAML":        {"basic_auth_users: {a: hunter2\n", "yaml: line 1: did not find expected ',' or '}'"},
		"no certificate": {"tls_server_config: {cert_file: none.pem, key_file: none.pem}\n", "none.pem: no such file or directory"},
	} {
		w.write(t, "web.yml", test.text)
		code, output := exits(t, flag, "--config.check", "--web.config.file="+w.path("web.yml"))
		if test.want == "" && code == 0 {
			continue
		}
		if code != 1 || strings.Contains(output, "hunter2") || strings.Contains(output, "is good") {
			t.Errorf("%s: exit code %d:\n%s", name, code, output)
		}
		contains(t, output, "--web.config.file: ", test.want)
	}
	code, output := exits(t, flag, "--config.check", "--web.config.file="+w.path("none.yml"))
	if want := "--web.config.file: open " + w.path("none.yml") + ": no such file or directory\n"; code != 1 || output != want {
		t.Errorf("exit code %d: %s", code, output)
	}
	w.write(t, "cloudjob.yml", "poll: {intervall: 1s}\n")
	_, output = exits(t, flag, "--config.check", "--web.config.file="+w.path("none.yml"))
	contains(t, output, "poll.intervall: ", "--web.config.file: ")
}
