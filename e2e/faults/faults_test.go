package faults

import (
	"cloudjob_exporter/simulator"
)

// fault is something that goes wrong, with any of the services.
type fault struct {
	name string
	// begin lets it go wrong; end puts it right.
	begin      func(s *situation) (end func())
	auth       string // how the exporter authenticates; empty: byPassword
	overTLS    bool   // the service is called over TLS
	everywhere bool   // CFW and ELB both are hit, whichever it is about
	keepTokens bool   // with IAM: tokens that were given out stay good
	patient    bool   // max_stale is longer
	discovers  bool   // jobs of ELB v3 are listed, and not named
	registers  bool   // one job is registered, and not named; there is storage
}

// situation is where a fault begins.
type situation struct {
	*world
	service simulator.Service
	front   *tlsFront // nil without TLS
}

// The courses that most faults take. In the time that a fault lasts there are
// 8 polls of each of the two jobs of a service at most; net/http makes a call
// twice that ends before an answer on a connection that was used before.
var (
	plain  = course{keptThenUnknown, 20, 2, nextPoll}
	twice  = course{keptThenUnknown, 40, 2, nextPoll}
	paused = course{keptThenUnknown, 8, 6, afterPause}
	missed = course{lost, 10, 3, rarely}
	// A login that fails is not tried again for a minute, and nor is a
	// credential that was refused.
	login   = course{keptThenUnknown, 1, 6, aMinute}
	refused = course{keptThenUnknown, 6, 5, aMinute}
	relogin = course{keptThenUnknown, 2, 6, atReload}
	rekeyed = course{keptThenUnknown, 6, 6, atReload}
	unseen  = course{unnoticed, 2, 0, never} // but for new logins
)

// by makes the rows of a fault, of which each service is given the same reason.
// IAM has courses of its own: a login that fails is held back.
func (f fault) by(reason string, c course) []row {
	return f.each(outcome{reason, login}, outcome{reason, c}, outcome{reason, c})
}

// outcome is what a fault means for one service.
type outcome struct {
	reason string
	course
}

// each makes the rows of a fault from what it means for IAM, CFW and ELB.
func (f fault) each(outcomes ...outcome) []row {
	var rows []row
	for i, o := range outcomes {
		rows = append(rows, row{services[i], f, o.reason, o.course})
	}
	return rows
}

// matrix is every row, in the order of the table.
func matrix() []row {
	var rows []row
	for _, of := range [][]row{networkRows(), tlsRows(), deliveryRows(), bodyRows(), statusRows(), credentialRows(), listRows(), storageRows()} {
		rows = append(rows, of...)
	}
	return rows
}
