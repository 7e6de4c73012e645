package limits

import (
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestPause(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	overloaded := &job.Failure{Reason: job.RateLimited, Overloaded: true}
	after := func(d time.Duration) *job.Failure { return &job.Failure{Reason: job.ServerError, RetryAfter: d} }
	var p Pause
	begin := func(f *job.Failure, asked, at time.Duration) (time.Duration, bool, bool) {
		return p.Begin(f, now.Add(asked), now.Add(at))
	}
	d, began, news := begin(overloaded, 0, time.Second)
	if !began || !news || d < 2*time.Second || d > 3*time.Second || !p.On(now.Add(2*time.Second)) {
		t.Errorf("the first pause: %v, %v, %v", d, began, news)
	}
	if _, began, _ := begin(overloaded, 500*time.Millisecond, 1100*time.Millisecond); began {
		t.Error("a call that was under way prolongs a pause")
	}
	if d, began, news := begin(after(time.Minute), 0, 1200*time.Millisecond); d != time.Minute || !began || !news {
		t.Errorf("a named time: %v, %v, %v", d, began, news)
	}
	if _, began, news := begin(after(61*time.Second), 0, 1200*time.Millisecond); !began || news {
		t.Errorf("a little more: %v, %v", began, news)
	}
	if p.Reason != job.ServerError || p.On(now.Add(63*time.Second)) {
		t.Errorf("got %+v", p)
	}
	if d, _, _ := begin(overloaded, 70*time.Second, 70*time.Second); d < 4*time.Second || d > 6*time.Second {
		t.Errorf("the second pause without a named time: %v", d)
	}
	p.Answered(now.Add(80 * time.Second))
	if d, _, _ := begin(overloaded, 90*time.Second, 90*time.Second); d > 3*time.Second {
		t.Errorf("after an answer: %v", d)
	}
	p.End()
	if p.On(now.Add(90 * time.Second)) {
		t.Error("it goes on")
	}
	if _, began, _ := begin(overloaded, 90*time.Second, 90*time.Second); !began {
		t.Error("a call of the moment at which a pause was ended begins none")
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := NewPace(t.Context(), 2, nil)
		for range 3 {
			if err := p.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != time.Second || !p.Is(2) || p.Is(0) {
			t.Errorf("three calls took %v", took)
		}
		next := NewPace(t.Context(), 0, p)
		if p.Wait() == nil || !next.Is(0) || !next.Is(-1) {
			t.Error("the pace before goes on")
		}
		for range 1000 {
			if err := next.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		next.End()
		if took := time.Since(began); took != time.Second || next.Wait() == nil {
			t.Errorf("no limit, after %v", took)
		}
	})
}
