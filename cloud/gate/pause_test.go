package gate

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var p Pause
	for i, step := range []struct {
		fail func()
		want time.Duration
	}{
		{func() {}, 0},
		{func() { p.Unreachable(now, 0) }, time.Minute},
		{func() { p.Unreachable(now, 0) }, time.Minute},
		{func() { p.Unreachable(now, time.Second) }, time.Minute},
		{func() { p.Unreachable(now, 4*time.Minute) }, 4 * time.Minute},
		{func() { p.Refused(now) }, time.Minute},
		{func() { p.Refused(now) }, 2 * time.Minute},
		{func() { p.Unreachable(now, 0) }, time.Minute}, // does not end the count of refusals
		{func() { p.Refused(now) }, 4 * time.Minute},
		{func() { p.Refused(now) }, 8 * time.Minute},
		{func() { p.Refused(now) }, 15 * time.Minute},
		{func() { p.Refused(now) }, 15 * time.Minute},
		{func() { now = now.Add(14 * time.Minute) }, time.Minute},
		{func() { now = now.Add(time.Hour) }, 0},
		{func() { p.Reset() }, 0},
		{func() { p.Refused(now) }, time.Minute},
		{func() { p.Reset() }, 0},
	} {
		step.fail()
		if got := p.Left(now); got != step.want {
			t.Errorf("step %d: %s are left, want %s", i, got, step.want)
		}
	}
}
