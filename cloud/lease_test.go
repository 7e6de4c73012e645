package cloud

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
)

// newLease makes a lease of which each fetch takes a second.
func newLease(fetched *int, answer func() (credential, time.Duration, error)) *lease {
	return &lease{service: serviceIAM, fetch: func(ctx context.Context) (credential, time.Time, error) {
		*fetched++
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return credential{}, time.Time{}, ctx.Err()
		}
		c, d, err := answer()
		return c, time.Now().Add(d), err
	}}
}

func TestARefusedCredentialThatComesAgainIsGivenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched, same := 0, credential{accessKey: "AK", secretKey: secrets.New("SK")}
		l := newLease(&fetched, func() (credential, time.Duration, error) { return same, time.Hour, nil })
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for i, refused := range []credential{{}, same} {
			got, err := l.credential(ctx, refused)
			if err != nil || got != same || fetched != i+1 {
				t.Fatalf("got the credential: %t, after %d fetches, error %v", got == same, fetched, err)
			}
		}
	})
}

func TestWhoWaitsForALoginThatFailsIsToldWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched, refused := 0, credential{token: secrets.New("old")}
		var failure error
		l := newLease(&fetched, func() (credential, time.Duration, error) { return refused, time.Hour, failure })
		if _, err := l.credential(context.Background(), credential{}); err != nil {
			t.Fatal(err)
		}
		failure = &Error{Reason: job.ServerError, Service: serviceIAM, StatusCode: http.StatusInternalServerError}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := l.credential(context.Background(), refused)
				want(t, err, job.ServerError)
			})
		}
		wg.Wait()
		if fetched != 2 {
			t.Errorf("%d fetches, want one that is good and one that fails", fetched)
		}
	})
}

func TestALoginObeysRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched := 0
		l := newLease(&fetched, func() (credential, time.Duration, error) {
			return credential{}, 0, &Error{
				Reason: job.RateLimited, Service: serviceIAM, StatusCode: http.StatusTooManyRequests, RetryAfter: 4 * time.Minute,
			}
		})
		for range 4 {
			_, err := l.credential(context.Background(), credential{})
			want(t, err, job.RateLimited)
			time.Sleep(59 * time.Second)
		}
		if fetched != 1 {
			t.Errorf("%d logins within the 4 min of Retry-After", fetched)
		}
	})
}
