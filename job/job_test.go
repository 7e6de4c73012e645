package job

import (
	"slices"
	"testing"
	"time"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cfw  = &Job{Key: Key{Provider: "cfw", ID: "a"}, Project: "prod"}
)

func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func TestKeysAreOrderedByIDThenProvider(t *testing.T) {
	ordered := []Key{{"elb", "a"}, {"cfw", "b"}, {"elb", "b"}, {"cfw", "c"}}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%v to %v: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestStatuses(t *testing.T) {
	for s, want := range []struct {
		name  string
		final bool
	}{
		Unknown:     {"unknown", false},
		Init:        {"init", false},
		Running:     {"running", false},
		Success:     {"success", true},
		Failed:      {"failed", true},
		RollingBack: {"rolling_back", false},
		Canceled:    {"canceled", true},
	} {
		s := Status(s)
		if s.String() != want.name || s.Final() != want.final {
			t.Errorf("%d: got %s, final %v; want %+v", s, s, s.Final(), want)
		}
		if got, ok := ParseStatus(want.name); got != s || !ok {
			t.Errorf("%q is read as %v, %v", want.name, got, ok)
		}
	}
	for _, beyond := range []Status{Canceled + 1, 255} {
		if beyond.String() != "unknown" || beyond.Final() {
			t.Errorf("%d: got %s, final %v", beyond, beyond, beyond.Final())
		}
	}
	for _, name := range []string{"", "RUNNING", "paused"} {
		if got, ok := ParseStatus(name); got != Unknown || ok {
			t.Errorf("%q is read as %v, %v", name, got, ok)
		}
	}
}

func TestReasons(t *testing.T) {
	want := []Reason{
		"auth", "forbidden", "not_found", "rate_limited", "timeout", "network",
		"server_error", "bad_response", "not_published",
	}
	if got := Reasons(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnswered(t *testing.T) {
	known := Report{Status: Running, RawStatus: "w", Type: "createELB", ErrorCode: "E.1", Begin: after(-5), FailedSubJobs: 2}
	for _, test := range []struct {
		name   string
		before State
		answer Report
		want   State
	}{
		{
			"the first, of a job that runs",
			State{},
			Report{Status: Running, Type: "createELB", Begin: after(-5)},
			State{Report: Report{Status: Running, Type: "createELB", Begin: after(-5)}, LastSuccess: noon, FirstUnfinished: noon},
		},
		{
			"the first, of a job that has ended",
			State{},
			Report{Status: Failed, End: after(-1)},
			State{Report: Report{Status: Failed, End: after(-1)}, LastSuccess: noon},
		},
		{
			"one that leaves out start and type",
			State{Report: known, LastSuccess: after(-2), FirstUnfinished: after(-3)},
			Report{Status: Success, End: after(-1)},
			State{Report: Report{Status: Success, Type: "createELB", Begin: after(-5), End: after(-1)}, LastSuccess: noon, FirstUnfinished: after(-3)},
		},
		{
			"one that corrects start and type",
			State{Report: known, LastSuccess: after(-2), FirstUnfinished: after(-3)},
			Report{Status: Running, Type: "deleteELB", Begin: after(-6)},
			State{Report: Report{Status: Running, Type: "deleteELB", Begin: after(-6)}, LastSuccess: noon, FirstUnfinished: after(-3)},
		},
		{
			"one after the job was lost",
			State{Report: known, LastSuccess: after(-2), FirstUnfinished: after(-3), Missing: true, Err: NotFound},
			Report{Status: Init},
			State{Report: Report{Status: Init, Type: "createELB", Begin: after(-5)}, LastSuccess: noon, FirstUnfinished: after(-3)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := test.before
			before.Job, test.want.Job = cfw, cfw
			kept := before
			if got := before.Answered(test.answer, noon); *got != test.want {
				t.Errorf("got  %+v\nwant %+v", *got, test.want)
			}
			if before != kept {
				t.Errorf("the state before has changed: %+v", before)
			}
		})
	}
}

func TestUnanswered(t *testing.T) {
	for _, test := range []struct {
		lost   bool
		misses uint8
		why    Reason
		want   bool
		then   uint8
	}{
		{false, 0, Timeout, false, 0},
		{false, 0, NotFound, true, 1},
		{true, 1, Timeout, true, 0},
		{true, 1, NotFound, true, 2},
		{true, 0, NotFound, true, 1},
		{true, 255, NotFound, true, 255},
	} {
		before := State{Job: cfw, Report: Report{Status: Running}, LastSuccess: noon, FirstUnfinished: noon, Missing: test.lost, Misses: test.misses}
		want := before
		want.Missing, want.Misses, want.Err = test.want, test.then, test.why
		if got := before.Unanswered(test.why); *got != want || before.Err != "" {
			t.Errorf("%+v: got  %+v", test, *got)
		}
	}
}

func TestStatusAt(t *testing.T) {
	const maxStale = 15 * time.Minute
	for _, test := range []struct {
		name string
		State
		want Status
	}{
		{"never heard of", State{}, Unknown},
		{"just heard of", State{Report: Report{Status: Init}, LastSuccess: noon}, Init},
		{"as old as may be", State{Report: Report{Status: Running}, LastSuccess: after(-15)}, Running},
		{"older", State{Report: Report{Status: Running}, LastSuccess: after(-15).Add(-1)}, Unknown},
		{"polls fail", State{Report: Report{Status: Running}, LastSuccess: after(-1), Err: Network}, Running},
		{"lost", State{Report: Report{Status: Running}, LastSuccess: noon, Missing: true}, Unknown},
		{"a word in no table", State{Report: Report{RawStatus: "PAUSED"}, LastSuccess: noon}, Unknown},
		{"ended long ago", State{Report: Report{Status: Failed}, LastSuccess: after(-1000)}, Failed},
		{"ended and lost", State{Report: Report{Status: Canceled}, LastSuccess: noon, Missing: true}, Canceled},
	} {
		if got := test.StatusAt(noon, maxStale); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTimes(t *testing.T) {
	none := time.Time{}
	for _, test := range []struct {
		name string
		State
		start, ended time.Time
		duration     time.Duration
		known        bool
	}{
		{"nothing is known", State{}, none, none, 0, false},
		{"it runs", State{Report: Report{Status: Running, Begin: after(-5)}}, after(-5), none, 5 * time.Minute, true},
		{"it runs, with an end", State{Report: Report{Status: Running, Begin: after(-5), End: after(-1)}}, after(-5), none, 5 * time.Minute, true},
		{"it runs since it was first seen", State{Report: Report{Status: Running}, FirstUnfinished: after(-3)}, after(-3), none, 3 * time.Minute, true},
		{"its start goes before", State{Report: Report{Status: Running, Begin: after(-5)}, FirstUnfinished: after(-3)}, after(-5), none, 5 * time.Minute, true},
		{"it begins now", State{Report: Report{Status: Init, Begin: noon}}, noon, none, 0, true},
		{"it begins later", State{Report: Report{Status: Init, Begin: after(1)}}, after(1), none, 0, false},
		{"it ended", State{Report: Report{Status: Success, Begin: after(-5), End: after(-1)}}, after(-5), after(-1), 4 * time.Minute, true},
		{"it ended, nobody knows when", State{Report: Report{Status: Failed, Begin: after(-5)}}, after(-5), none, 0, false},
		{"it ended, and never began", State{Report: Report{Status: Failed, End: after(-1)}}, none, after(-1), 0, false},
		{"it ended before it began", State{Report: Report{Status: Canceled, Begin: after(-1), End: after(-5)}}, after(-1), after(-5), 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if start, ended := test.Start(), test.Ended(); !start.Equal(test.start) || !ended.Equal(test.ended) {
				t.Errorf("start %v, end %v; want %v, %v", start, ended, test.start, test.ended)
			}
			if d, ok := test.DurationAt(noon); d != test.duration || ok != test.known {
				t.Errorf("duration %v, %v; want %v, %v", d, ok, test.duration, test.known)
			}
		})
	}
}

func TestOverSince(t *testing.T) {
	for name, test := range map[string]struct {
		State
		want time.Time
	}{
		"over when first seen":      {State{Report: Report{Status: Failed, End: after(-60)}, LastSuccess: noon}, after(-60)},
		"seen unfinished":           {State{Report: Report{Status: Failed, End: after(-60)}, LastSuccess: noon, FirstUnfinished: after(-70)}, noon},
		"without an end":            {State{Report: Report{Status: Failed}, LastSuccess: noon}, noon},
		"the cloud's clock is fast": {State{Report: Report{Status: Failed, End: after(5)}, LastSuccess: noon, FirstUnfinished: after(-1)}, after(5)},
	} {
		if got := test.OverSince(); !got.Equal(test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestFailuresAndUp(t *testing.T) {
	for _, test := range []struct {
		name string
		State
		failures int
		up       bool
	}{
		{"never heard of", State{}, 0, false},
		{"never heard of, and polls fail", State{Err: Auth}, 0, false},
		{"it runs", State{Report: Report{Status: Running, FailedSubJobs: 2}, LastSuccess: noon}, 2, true},
		{"it runs, and the last poll failed", State{Report: Report{Status: Running}, LastSuccess: noon, Err: Timeout}, 0, false},
		{"it failed", State{Report: Report{Status: Failed, FailedSubJobs: 2}, LastSuccess: noon}, 3, true},
		{"it ended, and a poll failed", State{Report: Report{Status: Success}, LastSuccess: noon, Err: Network}, 0, true},
	} {
		if test.Failures() != test.failures || test.Up() != test.up {
			t.Errorf("%s: %d failures, up %v", test.name, test.Failures(), test.Up())
		}
	}
}
