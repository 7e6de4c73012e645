package logging

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/go-kit/log/level"
)

func TestAllThatIsLoggedHasTheSameKeys(t *testing.T) {
	const now = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`
	for format, want := range map[string]string{
		"logfmt": `^ts=` + now + ` caller=logging_test\.go:\d+ level=info msg=hello n=1\n$`,
		"json":   `^\{"caller":"logging_test\.go:\d+","level":"info","msg":"hello","n":"1","ts":"` + now + `"\}\n$`,
	} {
		t.Run(format, func(t *testing.T) {
			var text bytes.Buffer
			logger, slogger := New(&text, format, "info")
			lines := map[string]func(){
				"ours":                      func() { _ = level.Info(logger).Log("msg", "hello", "n", "1") },
				"a library's":               func() { slogger.Info("hello", "n", "1") },
				"a library's with a value":  func() { slogger.With("n", "1").Info("hello") },
				"a library's with no group": func() { slogger.WithGroup("").Info("hello", "n", "1") },
			}
			for name, line := range lines {
				text.Reset()
				if line(); !regexp.MustCompile(want).Match(text.Bytes()) {
					t.Errorf("%s: got\n%s\nwant\n%s", name, &text, want)
				}
			}
			text.Reset()
			_ = level.Debug(logger).Log("msg", "hello")
			if slogger.Debug("hello"); text.Len() > 0 {
				t.Errorf("below the level:\n%s", &text)
			}
		})
	}
}
