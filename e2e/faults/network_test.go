package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

// networkRows are the faults of the way to a service.
func networkRows() []row {
	var rows []row
	add := func(more []row) { rows = append(rows, more...) }
	add(fault{name: "connection refused", begin: refuse}.by("network", plain))
	add(fault{name: "no such host (DNS)", begin: misname}.each(
		outcome{"network", withReload(relogin)}, outcome{"network", withReload(plain)}, outcome{"network", withReload(plain)}))
	add(toxic("connections are reset", "reset_peer", `{"timeout": 0}`).by("network", twice))
	add(toxic("nothing comes through", "timeout", `{"timeout": 0}`).by("timeout", plain))
	add(toxic("cut off after 300 ms of silence", "timeout", `{"timeout": 300}`).by("network", twice))
	add(toxic("2 s of latency", "latency", `{"latency": 2000}`).by("timeout", plain))
	add(toxic("1 byte a second", "slicer", `{"average_size": 1, "size_variation": 0, "delay": 1000000}`).by("timeout", plain))
	add(toxic("cut after 100 bytes", "limit_data", `{"bytes": 100}`).by("network", twice))
	slow := toxic("256 KiB at 16 KiB a second", "bandwidth", `{"rate": 16}`)
	narrow := slow.begin
	slow.begin = func(s *situation) func() {
		remove := s.Inject(simulator.Fault{Service: s.service, Size: 256 << 10})
		widen := narrow(s)
		return func() { remove(); widen() }
	}
	add(slow.by("timeout", plain))
	return rows
}

// withReload is a course with reloads at its begin and its end.
func withReload(c course) course {
	c.recovery = atReload
	c.lines++
	return c
}

func refuse(s *situation) func() {
	s.proxies[s.service].Stop()
	return func() { s.renewProxy(s.service) }
}

// misname gives the service a name that resolvers are not even asked for
// (RFC 7686), so that the answer is the same in every network.
func misname(s *situation) func() {
	right := s.endpoints[s.service]
	s.endpoints[s.service] = "http://" + string(s.service) + ".onion"
	s.reload()
	return func() {
		s.endpoints[s.service] = right
		s.reload()
	}
}

// toxic is the fault that the proxy before the service does something to what
// the service answers.
func toxic(name, kind, attributes string) fault {
	return fault{name: name, begin: func(s *situation) func() {
		text := fmt.Sprintf(`{"type": %q, "attributes": %s}`, kind, attributes)
		if _, err := s.proxies[s.service].Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
			s.t.Fatal(err)
		}
		return func() { s.renewProxy(s.service) }
	}}
}

// tlsRows are the certificates that must not be trusted.
func tlsRows() []row {
	var rows []row
	for _, c := range []struct {
		name  string
		issue func(*testing.T, authority) authority
		ip    string
		until time.Duration
	}{
		{"certificate expired", nil, "127.0.0.1", -time.Hour},
		{"certificate of another host", nil, "127.0.0.2", time.Hour},
		{"certificate of an unknown authority", func(t *testing.T, _ authority) authority { return newAuthority(t) }, "127.0.0.1", time.Hour},
	} {
		rows = append(rows, fault{name: c.name, overTLS: true, begin: func(s *situation) func() {
			ca := s.front.ca
			if c.issue != nil {
				ca = c.issue(s.t, ca)
			}
			good := s.front.show(ca.issue(s.t, c.ip, time.Now().Add(c.until)))
			return func() { s.front.show(good) }
		}}.by("network", plain)...)
	}
	return rows
}
