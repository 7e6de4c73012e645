package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxRequestBody is as much of a request as is read.
const maxRequestBody = 1 << 20

// Options say how a cloud behaves where real ones differ. The zero value is a
// cloud as its documents describe it.
type Options struct {
	Region             string        // in the catalog; default "eu-de"
	TokenLifetime      time.Duration // default 24h
	LoginFailures      int           // failed logins until an account is locked; default 5
	LoginLock          time.Duration // how long it stays locked; default 15 min
	KeyFailures        int           // a key is locked after more refused signatures in a row than this; default 5
	KeyLock            time.Duration // how long it stays locked; default 5 min
	IAMErrors          IAMErrorShape
	CFWTimes           CFWTimes
	ELBv3TimesZoneless bool           // ELB v3 gives times without the trailing Z
	NotFound           map[API]Answer // what an API answers about a job that it does not know
	UncountedJobs      bool           // calls for single jobs are not counted, so that a cloud may run without end
	MetadataV1Only     bool           // the metadata service knows no session tokens: its PUT answers 404
}

// Cloud plays a cloud. Its methods may be called at any time by any goroutine.
type Cloud struct {
	opts      Options
	identity  *identity
	metadata  *metadata
	jobs      *jobStore
	firewalls *firewallStore
	faults    *faultList
	counts    *counts

	closeOnce sync.Once
	closed    chan struct{}
}

// New makes a cloud without projects, users and jobs.
func New(o Options) *Cloud {
	o.Region = or(o.Region, "eu-de")
	o.TokenLifetime = or(o.TokenLifetime, 24*time.Hour)
	o.LoginFailures = or(o.LoginFailures, 5)
	o.LoginLock = or(o.LoginLock, 15*time.Minute)
	o.KeyFailures = or(o.KeyFailures, 5)
	o.KeyLock = or(o.KeyLock, 5*time.Minute)
	id := newIdentity(o)
	return &Cloud{
		opts:      o,
		identity:  id,
		metadata:  newMetadata(id, o.MetadataV1Only),
		jobs:      newJobStore(),
		firewalls: newFirewallStore(),
		faults:    &faultList{},
		counts:    newCounts(o.UncountedJobs),
		closed:    make(chan struct{}),
	}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Close ends every answer that a fault holds back. What the cloud is asked
// afterwards it answers without delay. It may be called more than once.
func (c *Cloud) Close() { c.closeOnce.Do(func() { close(c.closed) }) }

// ServeHTTP answers one call.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := c.route(r)
	defer c.counts.enter(call, r.Header)()

	// The body is read first: a server notices that a client went away only then.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if err != nil {
		deliver(w, gatewayError(http.StatusRequestEntityTooLarge, "APIG.0201", "Bad request: the body is too large or cut."))
		return
	}

	fault := c.faults.take(call)
	if c.wait(r.Context(), fault.Latency) != nil {
		panic(http.ErrAbortHandler)
	}
	switch fault.Delivery {
	case Hang:
		c.hang(r.Context())
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
		return
	}
	answer := fault.answer(func() Answer { return call.serve(r, body, time.Now().Add(fault.Skew)) })
	c.deliverWith(w, r, answer, fault)
}

var errClosed = errors.New("simulator: the cloud is closed")

// wait lets d pass, and fails if the client goes away or the cloud is closed before.
func (c *Cloud) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return errClosed
	}
}

// hang waits until the client goes away or the cloud is closed.
func (c *Cloud) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-c.closed:
	}
}
