package faults

import (
	"time"

	"cloudjob_exporter/simulator"
)

// credentialRows are the ways in which credentials cease to be good.
func credentialRows() []row {
	var rows []row
	add := func(more []row) { rows = append(rows, more...) }
	// Seen from a client with the right time, it is the cloud's clock that is off.
	clock := fault{name: "clocks an hour apart", keepTokens: true, begin: func(s *situation) func() {
		if s.service == simulator.ServiceIAM {
			remove := s.Inject(simulator.Fault{Skew: -time.Hour}) // a new token seems to have expired long ago
			s.RevokeTokens()
			return remove
		}
		return s.Inject(simulator.Fault{Service: s.service, Skew: time.Hour})
	}}
	add(clock.with(byPassword).each(outcome{"", unseen})[:1])
	add(clock.with(byKey).each(outcome{}, outcome{"auth", refused}, outcome{"auth", refused})[1:])

	expired := fault{name: "token expired", everywhere: true, keepTokens: true, begin: func(s *situation) func() {
		s.ExpireTokens()
		return func() {
			if s.auth == byToken {
				s.write("token", s.IssueToken(projectID))
			}
		}
	}}
	add(expired.with(byPassword).each(outcome{"", unseen})[:1])
	add(expired.with(byToken).each(outcome{}, outcome{"auth", refused}, outcome{"auth", refused})[1:])

	changed := fault{name: "password changed", begin: func(s *situation) func() {
		s.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word-2", Projects: []string{projectID}})
		return func() {
			s.auth = "username: reader\n    domain_name: OTC\n    password: pass-word-2"
			s.reload()
		}
	}}
	add(changed.each(outcome{"auth", relogin}))

	revoked := fault{name: "access key revoked", everywhere: true, begin: func(s *situation) func() {
		s.RemoveKey("AK1")
		return func() {
			s.SetKey(simulator.Key{Access: "AK2", Secret: "secret-key-2", Projects: []string{projectID}})
			s.auth = "access_key: AK2\n    secret_key: secret-key-2"
			s.reload()
		}
	}}
	add(revoked.with(byKey).each(outcome{}, outcome{"auth", rekeyed}, outcome{"auth", rekeyed})[1:])
	return rows
}

// with is the fault with another way to authenticate.
func (f fault) with(auth string) fault {
	f.auth = auth
	return f
}
