package main

import (
	"testing"
	"time"
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
		{arg: "--none=x", want: "unknown long flag '--none'"},
		{arg: "more", want: "unexpected more"},
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
	} {
		t.Run(test.arg+test.variable, func(t *testing.T) {
			var args []string
			if test.arg != "" {
				args = append(args, test.arg)
			} else {
				t.Setenv(test.variable, test.value)
			}
			app, _ := newFlags()
			if _, err := parse(app, args); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestFlagsAndVariables(t *testing.T) {
	t.Setenv("CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS", ":1\n:2")
	t.Setenv("CLOUDJOB_EXPORTER_WEB_MAX_REQUESTS", "abc") // the command line comes first
	t.Setenv("CLOUDJOB_EXPORTER_DEMO", "true")
	app, f := newFlags()
	if _, err := parse(app, []string{"--web.max-requests=0", "--scrape.timeout-offset=1m", "--no-web.enable-pprof", "--web.enable-lifecycle"}); err != nil {
		t.Fatal(err)
	}
	if addresses := *f.web.WebListenAddresses; len(addresses) != 2 || f.maxRequests != 0 || f.timeoutOffset != time.Minute ||
		!f.demo || f.enablePprof || !f.enableLifecycle || f.logLevel != "info" {
		t.Errorf("got %v, %+v", addresses, f)
	}
}
