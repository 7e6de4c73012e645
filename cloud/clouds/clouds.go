// Package clouds reads how a project authenticates from an entry of clouds.yaml, the file
// that OpenStack's clients use. docs/clouds.md has the rules.
//
//	clouds.yaml, secure.yaml ──> entry, with the values of its region
//	clouds-public.yaml ────────> its profile     │
//	                                             └── reader ──> Auth: a login at IAM, or an access key
//
// An entry is the mapping below clouds that has the name; a profile, built in or one of
// clouds-public.yaml, has values for what an entry does not say. A value of any of these
// files knows its file, line and path, and reading stops at the first that is wrong.
package clouds

import (
	"fmt"
	"io"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// serviceIAM is what endpoints of a project are called that logins go to.
const serviceIAM = "iam"

// Auth is how an entry says to authenticate: by an access key, or else by a login.
type Auth struct {
	AccessKey                string // with which IAM is not needed; empty if the entry has none
	SecretKey, SecurityToken secrets.Text

	Endpoint string             // the base URL of IAM, which ends in /v3
	Login    tokens.AuthOptions // what to log in with there

	Warnings []string // clauses about the entry
}

// Format prints <secret> for every verb of fmt: Login has its secrets in clear.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "<secret>") }

// Read reads the entry that a project names. The error holds no secret; it is
// [ErrNotFound] if there is no such file or entry.
func Read(p *config.Project) (a *Auth, err error) {
	panicked := strictyaml.Guard(func() error {
		var e *entry
		if e, err = loadEntry(p.CloudName, p.Region); err == nil {
			a, err = e.authentication(p)
		}
		return nil
	})
	if panicked != nil {
		return nil, fmt.Errorf("entry %q cannot be read: %w", p.CloudName, panicked)
	}
	return a, err
}
