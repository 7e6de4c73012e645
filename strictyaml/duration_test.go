package strictyaml

import (
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for _, tc := range []struct {
		text, written string
		want          time.Duration
	}{
		{"30s", "30s", 30 * time.Second},
		{"0", "0s", 0},
		{"1d", "1d", 24 * time.Hour},
		{"1w", "1w", 7 * 24 * time.Hour},
		{"1h30m", "1h30m", 90 * time.Minute},
		{"90m", "1h30m", 90 * time.Minute},
		{"1.5s", "1s500ms", 1500 * time.Millisecond},
		{"0.25h", "15m", 15 * time.Minute},
		{"1us", "1µs", time.Microsecond},
	} {
		got, err := parseDuration(tc.text)
		if err != nil || got != tc.want {
			t.Errorf("%s: %v, %v", tc.text, got, err)
		}
		if written := FormatDuration(got); written != tc.written {
			t.Errorf("%s is written as %s, want %s", tc.text, written, tc.written)
		}
		if again, err := parseDuration(FormatDuration(got)); err != nil || again != got {
			t.Errorf("%s read again: %v, %v", tc.written, again, err)
		}
	}
	for text, want := range map[string]string{
		"":                 `"" is no duration; write one like 30s, 15m or 1h30m`,
		"-1s":              `"-1s" is no duration; write one like 30s, 15m or 1h30m`,
		"-1":               `"-1" is no duration; write one like 30s, 15m or 1h30m`,
		"1.5":              `"1.5" has no unit; for seconds write 1.5s`,
		"1 s":              `"1 s" is no duration; write one like 30s, 15m or 1h30m`,
		"300000000000000d": `"300000000000000d" is no duration; write one like 30s, 15m or 1h30m`,
	} {
		if got, err := parseDuration(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v, want %s", text, got, err, want)
		}
	}
}
