package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// key is a credential. There are any number of wrong ones.
type key string

func (k key) Equal(o key) bool { return k == o }

var errRefused = errors.New("refused")

// shutError is what those get whom a door keeps out.
type shutError struct {
	refusal error
	wait    time.Duration
}

func (e *shutError) Error() string { return fmt.Sprintf("%v, shut for %s", e.refusal, e.wait) }
func (e *shutError) Unwrap() error { return e.refusal }

// service is what stands behind a door: it takes its time, and accepts one key.
type service struct {
	door    *Door[key]
	good    key
	latency time.Duration

	mu    sync.Mutex
	calls int
}

func newService(g *Gate, latency time.Duration) *service {
	return &service{good: "good", latency: latency, door: NewDoor[key](g, func(refusal error, wait time.Duration) error {
		return &shutError{refusal, wait}
	})}
}

// call calls the service as a client does. It takes hang longer than others.
func (s *service) call(ctx context.Context, with key, hang time.Duration) error {
	if err := s.door.Shut(); err != nil {
		return err
	}
	release, err := s.door.Enter(ctx, with)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	select {
	case <-time.After(s.latency + hang):
	case <-ctx.Done():
		return release(with, Unanswered, ctx.Err())
	}
	if with != s.good {
		return release(with, Refused, errRefused)
	}
	return release(with, Accepted, nil)
}

// gather makes 16 calls at once, and returns how many were refused, or kept out because
// others were.
func (s *service) gather(ctx context.Context, with key) (refusals int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if errors.Is(s.call(ctx, with, 0), errRefused) {
				mu.Lock()
				defer mu.Unlock()
				refusals++
			}
		})
	}
	wg.Wait()
	return refusals
}

// TestACallThatHangsHoldsUpNoOther: jobs that the cloud answers about are known within
// a second, and only those that hang time out.
func TestACallThatHangsHoldsUpNoOther(t *testing.T) {
	for hanging, longest := range map[int]time.Duration{
		0:             0,
		1:             time.Second,
		3:             time.Second,
		maxTrials:     trialLife, // until then, no more may be refused
		maxTrials + 3: trialLife + time.Second,
		2 * maxTrials: 2 * trialLife,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService(new(Gate), 0)
			var wg sync.WaitGroup
			for range hanging {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					if err := s.call(ctx, "good", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%d hang: one that does got %v", hanging, err)
					}
				})
				synctest.Wait()
			}
			began := time.Now()
			for range 16 {
				wg.Go(func() {
					if err := s.call(t.Context(), "good", 0); err != nil {
						t.Errorf("%d hang: %v", hanging, err)
					}
					if d := time.Since(began); d > longest {
						t.Errorf("%d hang: answered after %s, want at most %s", hanging, d, longest)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestACredentialThatWasRefusedIsTriedByFewerCalls: slow refusals add up, also those of
// several services.
func TestACredentialThatWasRefusedIsTriedByFewerCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		one, other := newService(g, trialLife-trialSpacing), newService(g, trialLife-trialSpacing)
		for round := range 3 {
			var wg sync.WaitGroup
			wg.Go(func() { _ = other.call(t.Context(), "wrong", 0) })
			synctest.Wait()
			if n := one.gather(t.Context(), "wrong"); n != 16 {
				t.Errorf("round %d: %d calls are refused, want 16", round, n)
			}
			wg.Wait()
			if most := maxTrials + 2*round + 1; round == 0 && other.calls != 1 || one.calls+other.calls > most {
				t.Errorf("round %d: %d calls tried the key, want at most %d", round, one.calls+other.calls, most)
			}
			time.Sleep(maxPause)
		}
	})
}

// TestACredentialMustProveItself: that one was accepted says nothing about the next one.
func TestACredentialMustProveItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), trialLife-trialSpacing)
		if n := s.gather(t.Context(), "good"); n != 0 || s.calls != 16 {
			t.Errorf("%d of %d calls are refused, want none of 16", n, s.calls)
		}
		began := time.Now()
		if n := s.gather(t.Context(), "good"); n != 0 || time.Since(began) != s.latency {
			t.Errorf("%d calls are refused, after %s: the key is proven, and nobody needs to wait", n, time.Since(began))
		}
		s.calls = 0
		if n := s.gather(t.Context(), "wrong"); n != 16 || s.calls != maxTrials {
			t.Errorf("%d calls are refused, of which %d tried the key; want 16 and %d", n, s.calls, maxTrials)
		}
	})
}

func TestOthersFollowAsSoonAsACredentialIsProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), trialSpacing/3)
		began := time.Now()
		if n := s.gather(t.Context(), "good"); n != 0 || time.Since(began) != 2*s.latency {
			t.Errorf("%d calls are refused, after %s; want none, after one call and then all others", n, time.Since(began))
		}
	})
}

func TestOneCallTriesACredentialThatIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), trialSpacing/2)
		if n := s.gather(t.Context(), "wrong"); n != 16 || s.calls != 1 {
			t.Errorf("%d calls are refused, of which %d tried the key; want 16 and 1", n, s.calls)
		}
	})
}

// TestACredentialThatIsWithdrawnMustProveItself: it is tried like one that never was
// accepted, and what was accepted since ends the count of refusals.
func TestACredentialThatIsWithdrawnMustProveItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), trialLife-trialSpacing)
		for i, step := range []struct {
			good  key
			calls int // of 16
		}{{"good", 16}, {"next", 16}, {"next", 1}, {"good", 16}, {"good", 16}, {"next", 16}, {"next", 1}} {
			s.good, s.calls = step.good, 0
			refusals := map[bool]int{true: 0, false: 16}[step.good == "good"]
			if n := s.gather(t.Context(), "good"); n != refusals || s.calls != step.calls {
				t.Errorf("step %d: %d calls are refused, and %d tried the key; want %d and %d", i, n, s.calls, refusals, step.calls)
			}
			time.Sleep(maxPause)
		}
		if err := s.call(t.Context(), "next", 0); err != nil {
			t.Error(err)
		}
		s.calls = 0
		if n := s.gather(t.Context(), "wrong"); n != 16 || s.calls != maxTrials {
			t.Errorf("%d calls are refused, of which %d tried the key; want 16 and %d", n, s.calls, maxTrials)
		}
	})
}

// TestACallThatIsGivenUpStillCounts: the gateway may count it as a refusal, whoever
// waits.
func TestACallThatIsGivenUpStillCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), unansweredLife)
		defer cancel()
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				short, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_ = s.call(short, "wrong", 0)
				_ = s.call(ctx, "wrong", 0)
			})
		}
		wg.Wait()
		if s.calls != maxTrials {
			t.Errorf("%d calls tried the key in a minute, want %d", s.calls, maxTrials)
		}
	})
}

func TestNobodyWaitsForATrialLongerThanHeMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), trialLife)
		var wg sync.WaitGroup
		wg.Go(func() { _ = s.call(t.Context(), "good", 0) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), trialSpacing/2)
		defer cancel()
		began := time.Now()
		if err := s.call(ctx, "good", 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != trialSpacing/2 {
			t.Errorf("waited for %s and got %v", time.Since(began), err)
		}
		wg.Wait()
	})
}

// TestOneRefusalShutsTheDoor: the pause grows from refusal to refusal, not with the calls
// that were under way, and an accepted call ends it.
func TestOneRefusalShutsTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(new(Gate), time.Second)
		for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, maxPause, maxPause} {
			if n := s.gather(t.Context(), "wrong"); n != 16 {
				t.Errorf("%d calls are refused, want 16", n)
			}
			left, ok := errors.AsType[*shutError](s.door.Shut())
			if !ok || left.wait > want || left.wait <= want-trialLife {
				t.Fatalf("the door is %v, want shut for %s", s.door.Shut(), want)
			}
			time.Sleep(left.wait)
		}
		if err := s.call(t.Context(), "good", 0); err != nil {
			t.Fatal(err)
		}
		err := s.call(t.Context(), "wrong", 0)
		if shut, ok := errors.AsType[*shutError](err); !ok || shut.wait != time.Minute {
			t.Errorf("got %v, want shut for 1m0s", err)
		}
	})
}
