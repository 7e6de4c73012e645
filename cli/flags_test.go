package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/job"
)

func TestErrorsOfFlagsNameThem(t *testing.T) {
	for _, test := range []struct{ arg, variable, value, want string }{
		{arg: "--web.max-requests=-1", want: `--web.max-requests="-1": must be a whole number, 0 or more`},
		{arg: "--web.max-requests=NaN", want: `--web.max-requests="NaN": must be a whole number, 0 or more`},
		{arg: "--scrape.timeout-offset=-5s", want: `--scrape.timeout-offset="-5s": must be a duration like 0.5s, 0 or more`},
		{arg: "--scrape.timeout-offset=5", want: `--scrape.timeout-offset="5": must be a duration like 0.5s, 0 or more`},
		{arg: "--log.level=foo", want: `--log.level="foo": enum value must be one of debug,info,warn,error, got 'foo'`},
		{arg: "--log.format=", want: `--log.format="": enum value must be one of logfmt,json, got ''`},
		{arg: "--demo=x", want: `--demo="x": takes no value; it is --demo or --no-demo`},
		{arg: "--no-web.enable-pprof=true", want: `--no-web.enable-pprof="true": takes no value; it is --web.enable-pprof or --no-web.enable-pprof`},
		{arg: "--web.external-url=ftp://x", want: `--web.external-url="ftp://x": must be an http or https URL, host:port, or a path`},
		{arg: "--web.external-url=http://user:pass-word@x/", want: `--web.external-url: must not contain a user name or password`},
		{arg: "--web.external-url=http://x/a%20b", want: `--web.external-url: its path "/a b" must be a path like /jobs, without "//", "..", spaces and any of ?#%{}`},
		{arg: "--web.route-prefix=/a/../b", want: `--web.route-prefix="/a/../b": must be a path like /jobs, without "//", "..", spaces and any of ?#%{}`},
		{arg: "--web.listen-address=21996", want: `--web.listen-address="21996": has no colon before the port, did you mean ":21996"?`},
		{arg: "--config.file=", want: `--config.file: must name a file, but is empty`},
		{arg: "--config.check-strict", want: `--config.check-strict only works with --config.check`},
		{arg: "--shard=-1", want: `--shard="-1": must be a whole number, 0 or more`},
		{arg: "--total-shards=0", want: `--total-shards="0": must be a whole number, 1 or more`},
		{arg: "--total-shards=-3", want: `--total-shards="-3": must be a whole number, 1 or more`},
		{arg: "--total-shards=2.5", want: `--total-shards="2.5": must be a whole number, 1 or more`},
		{arg: "--total-shards=4294967296", want: `--total-shards="4294967296": must be a whole number, 1 or more`},
		{arg: "--shard=1", want: `--shard=1: must be less than --total-shards, which is 1: shards are numbered from 0`},
		{
			arg: "--total-shards=3", variable: "CLOUDJOB_EXPORTER_SHARD", value: "3",
			want: `CLOUDJOB_EXPORTER_SHARD=3: must be less than --total-shards, which is 3: shards are numbered from 0`,
		},
		{
			arg: "--total-shards=3", variable: "CLOUDJOB_EXPORTER_SHARD",
			want: `CLOUDJOB_EXPORTER_SHARD is empty, but must be a number from 0 to 2, as --total-shards is 3`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_TOTAL_SHARDS", value: "none",
			want: `CLOUDJOB_EXPORTER_TOTAL_SHARDS="none" (--total-shards): must be a whole number, 1 or more`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_CONFIG_CHECK_STRICT", value: "true",
			want: `CLOUDJOB_EXPORTER_CONFIG_CHECK_STRICT only works with --config.check`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_WEB_MAX_REQUESTS", value: "abc",
			want: `CLOUDJOB_EXPORTER_WEB_MAX_REQUESTS="abc" (--web.max-requests): must be a whole number, 0 or more`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_SCRAPE_TIMEOUT_OFFSET", value: "-5s",
			want: `CLOUDJOB_EXPORTER_SCRAPE_TIMEOUT_OFFSET="-5s" (--scrape.timeout-offset): must be a duration like 0.5s, 0 or more`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_LOG_LEVEL", value: "foo",
			want: `CLOUDJOB_EXPORTER_LOG_LEVEL="foo" (--log.level): enum value must be one of debug,info,warn,error, got 'foo'`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_WEB_ENABLE_LIFECYCLE", value: "yes",
			want: `CLOUDJOB_EXPORTER_WEB_ENABLE_LIFECYCLE="yes" (--web.enable-lifecycle): must be true or false`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_WEB_ROUTE_PREFIX", value: "/a b",
			want: `CLOUDJOB_EXPORTER_WEB_ROUTE_PREFIX="/a b" (--web.route-prefix): must be a path like /jobs, without "//", "..", spaces and any of ?#%{}`,
		},
		{
			variable: "CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS", value: ":1\nlocalhost",
			want: `CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS="localhost" (--web.listen-address): has no port, did you mean "localhost:10994"?`,
		},
	} {
		t.Run(test.arg+test.variable, func(t *testing.T) {
			var args []string
			if test.arg != "" {
				args = append(args, test.arg)
			}
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			app, _ := New()
			if err := Parse(app, args); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestTheRoutePrefix(t *testing.T) {
	for args, want := range map[string]string{
		"":                                            "",
		"--web.external-url=http://x":                 "",
		"--web.external-url=http://x/":                "",
		"--web.external-url=https://x:8443/a/b/":      "/a/b",
		"--web.external-url=x:8443/a":                 "/a",
		"--web.external-url=/a":                       "/a",
		"--web.route-prefix=a/":                       "/a",
		"--web.external-url=/a --web.route-prefix=":   "/a",
		"--web.external-url=/a --web.route-prefix=/":  "",
		"--web.external-url=/a --web.route-prefix=/b": "/b",
		// A path that cannot be a prefix does no harm if it is none.
		"--web.external-url=/%61%20b --web.route-prefix=/b": "/b",
	} {
		app, f := New()
		if err := Parse(app, strings.Fields(args)); err != nil || f.RoutePrefix != want {
			t.Errorf("%s: got %q, %v", args, f.RoutePrefix, err)
		}
	}
}

func TestTheDemoRefusesWhatItWouldIgnore(t *testing.T) {
	const why = " exclude each other: the demo has a configuration of its own"
	for _, test := range []struct {
		args, variable, value, want string
		ignored                     []ignoredVariable
	}{
		{args: "--demo --config.file=x", want: "--demo and --config.file" + why},
		{args: "--config.file=cloudjob.yml --demo", want: "--demo and --config.file" + why},
		{args: "--demo --config.check", want: "--demo and --config.check" + why},
		{args: "--config.file=x", variable: "CLOUDJOB_EXPORTER_DEMO", value: "true", want: "CLOUDJOB_EXPORTER_DEMO and --config.file" + why},
		{args: "--demo", variable: "CLOUDJOB_EXPORTER_CONFIG_CHECK", value: "true", want: "--demo and CLOUDJOB_EXPORTER_CONFIG_CHECK" + why},
		{args: "--demo --no-config.check"},
		{args: "--demo", variable: "CLOUDJOB_EXPORTER_CONFIG_CHECK", value: "false"},
		{args: "--no-demo --config.file=x"},
		{
			args: "--demo", variable: "CLOUDJOB_EXPORTER_CONFIG_FILE", value: "x",
			ignored: []ignoredVariable{{"CLOUDJOB_EXPORTER_CONFIG_FILE", "--demo has a configuration of its own"}},
		},
	} {
		t.Run(test.args+" "+test.variable, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			app, f := New()
			err := Parse(app, strings.Fields(test.args))
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if !slices.Equal(f.ignored, test.ignored) {
				t.Errorf("ignored: %v", f.ignored)
			}
		})
	}
}

func TestShards(t *testing.T) {
	for _, test := range []struct {
		args, variable string
		set            bool
		want           job.Shard
	}{
		{want: job.Shard{Total: 1}},
		{set: true, want: job.Shard{Total: 1}},
		{args: "--total-shards=3", want: job.Shard{Total: 3}},
		{args: "--shard=2 --total-shards=3", want: job.Shard{Index: 2, Total: 3}},
		{args: "--total-shards=3", variable: "1", set: true, want: job.Shard{Index: 1, Total: 3}},
		{args: "--shard=2 --total-shards=3", variable: "1", set: true, want: job.Shard{Index: 2, Total: 3}},
		{args: "--shard=2 --total-shards=3", set: true, want: job.Shard{Index: 2, Total: 3}},
	} {
		t.Run(test.args+" "+test.variable, func(t *testing.T) {
			if test.set {
				t.Setenv("CLOUDJOB_EXPORTER_SHARD", test.variable)
			}
			app, f := New()
			if err := Parse(app, strings.Fields(test.args)); err != nil || f.Shard != test.want {
				t.Errorf("got %+v, %v", f.Shard, err)
			}
		})
	}
}

func TestFlagsAndVariables(t *testing.T) {
	t.Setenv("CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS", ":1\n:2")
	t.Setenv("CLOUDJOB_EXPORTER_WEB_MAX_REQUESTS", "abc") // the command line comes first
	t.Setenv("CLOUDJOB_EXPORTER_DEMO", "true")
	app, f := New()
	if err := Parse(app, []string{"--web.max-requests=0", "--scrape.timeout-offset=1m", "--no-web.enable-pprof", "--web.enable-lifecycle"}); err != nil {
		t.Fatal(err)
	}
	if addresses := *f.Web.WebListenAddresses; len(addresses) != 2 || f.MaxRequests != 0 || f.TimeoutOffset != time.Minute ||
		!f.Demo || f.EnablePprof || !f.EnableLifecycle || f.LogLevel != "info" {
		t.Errorf("got %v, %+v", addresses, f)
	}
}
