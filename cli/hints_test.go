package cli

import (
	"os"
	"strings"
	"testing"
)

func TestNearMissesOfFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("jobs.conf", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--config-file=x":            "unknown long flag '--config-file', did you mean --config.file?",
		"--config-file x":            "unknown long flag '--config-file', did you mean --config.file?",
		"--Config.File=x":            "unknown long flag '--Config.File', did you mean --config.file?",
		"--web.config-file=x":        "unknown long flag '--web.config-file', did you mean --web.config.file?",
		"--loglevel=debug":           "unknown long flag '--loglevel', did you mean --log.level?",
		"--listen_address=:1":        "unknown long flag '--listen_address', did you mean --web.listen-address?",
		"--pprof":                    "unknown long flag '--pprof', did you mean --web.enable-pprof?",
		"--file=x":                   "unknown long flag '--file', did you mean --config.file or --web.config.file?",
		"--no-web.enable-pprofs":     "unknown long flag '--no-web.enable-pprofs', did you mean --no-web.enable-pprof?",
		"--no-config.file":           "unknown long flag '--no-config.file', did you mean --config.file?",
		"--web=x":                    "unknown long flag '--web', try --help", // a part of too many
		"--none=x":                   "unknown long flag '--none', try --help",
		"--help-lang":                "unknown long flag '--help-lang', try --help", // the nearest is hidden
		"-config.file=x":             "unknown flag '-config.file': flags begin with --, did you mean --config.file?",
		"-config-file x":             "unknown flag '-config-file': flags begin with --, did you mean --config.file?",
		"--demo -web.listen_address": "unknown flag '-web.listen_address': flags begin with --, did you mean --web.listen-address?",
		"-version":                   "unknown flag '-version': flags begin with --, did you mean --version?",
		"-help":                      "unknown flag '-help': flags begin with --, did you mean --help?",
		"-c x":                       "unknown flag '-c': flags begin with --, try --help",
		"cloudjob.yml":               `unexpected argument "cloudjob.yml", did you mean --config.file=cloudjob.yml?`,
		"--demo a/b.YAML":            `unexpected argument "a/b.YAML", did you mean --config.file=a/b.YAML?`,
		"jobs.conf":                  `unexpected argument "jobs.conf", did you mean --config.file=jobs.conf?`,
		":9100":                      `unexpected argument ":9100", did you mean --web.listen-address=:9100?`,
		"demo":                       `unexpected argument "demo", did you mean --demo?`,
		"more":                       `unexpected argument "more", try --help`,
		"--demo true":                "--demo takes no value; it is --demo or --no-demo",
		"--no-demo false":            "--no-demo takes no value; it is --demo or --no-demo",
		"--config.file":              "expected argument for flag '--config.file'",
	} {
		app, _ := New()
		if err := Parse(app, strings.Fields(args)); err == nil || err.Error() != want {
			t.Errorf("%s: got  %v\nwant %s", args, err, want)
		}
	}
}
