package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"
)

// standIn answers, in the place of a cloud, that a job has succeeded, as CFW does, after a while.
type standIn struct {
	*httptest.Server
	opened atomic.Int64 // connections
	asked  atomic.Int64 // calls
}

func newStandIn(latency time.Duration, secure bool) *standIn {
	c := &standIn{}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.asked.Add(1)
		time.Sleep(latency)
		w.Header().Set("Content-Type", "application/json")
		id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		fmt.Fprintf(w, `{"data":{"id":%q,"status":"Success","begin_time":"1795000000000","end_time":"1795000100000"}}`, id) //nolint:gosec // no browser reads it
	}))
	c.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			c.opened.Add(1)
		}
	}
	if secure {
		c.EnableHTTP2 = true
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		c.StartTLS()
	} else {
		c.Start()
	}
	return c
}

// configuration watches n jobs of the cloud.
func (c *standIn) configuration(n, concurrency int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `poll: {interval: 10m, rate_limit: 0, concurrency: %d}
projects:
  - name: prod
    project_id: 09bb24e6fe80d23d2fa2c010b53b418c
    endpoints: {iam: %q, cfw: %[2]q, elb: %[2]q}
    token: t
    tls_config: {insecure_skip_verify: true}
jobs:
  - provider: cfw
    project: prod
    ids:
`, concurrency, c.URL)
	for _, j := range newPopulation(2 * n).jobs[:n] {
		fmt.Fprintf(&b, "      - %s\n", j.ID)
	}
	return []byte(b.String())
}
