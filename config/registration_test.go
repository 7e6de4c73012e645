package config

import (
	"testing"
	"time"
)

func TestRegistration(t *testing.T) {
	c := mustParse(t, project+"metadata: true}\nregistration: {retention: 2d, max_jobs: 7, stuck_after: 1h30m}\n")
	if want := (Registration{Retention: 48 * time.Hour, MaxJobs: 7, StuckAfter: 90 * time.Minute}); c.Registration != want {
		t.Errorf("got %+v, want %+v", c.Registration, want)
	}
}

func TestParseStuckAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"45m": 45 * time.Minute, "1d": 24 * time.Hour, "1.5h": 90 * time.Minute, "1h30m": 90 * time.Minute} {
		if got, err := ParseStuckAfter(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"45":   `"45" has no unit; for seconds write 45s`,
		"soon": `"soon" is no duration; write one like 30s, 15m or 1h30m`,
		"-1h":  `"-1h" is no duration; write one like 30s, 15m or 1h30m`,
		"0s":   `"0s" must be more than 0`,
	} {
		if _, err := ParseStuckAfter(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
