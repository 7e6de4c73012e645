package clouds

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// The ways to authenticate, by the names that auth_type has for them.
const (
	methodPassword      = "password"
	methodToken         = "token"
	methodAppCredential = "v3applicationcredential"
	methodPasscode      = "v3totp"
	methodAccessKey     = "aksk" // of gophertelekomcloud
)

var methods = map[string]string{
	"password": methodPassword, "v3password": methodPassword,
	"token": methodToken, "v3token": methodToken,
	"v3applicationcredential": methodAppCredential,
	"v3totp":                  methodPasscode,
	"aksk":                    methodAccessKey,
}

// unsupportedKeys change what a login is for.
var unsupportedKeys = []string{"trust_id", "agency_name", "target_agency_name"}

// authentication is how the entry says to authenticate for a project. Its error
// names the file, the line and the key.
func (e *entry) authentication(p *config.Project) (*Auth, error) {
	r := &reader{entry: e}
	a := &Auth{Login: tokens.AuthOptions{Scope: tokens.Scope{ProjectID: p.ProjectID}}}
	for _, key := range unsupportedKeys {
		if v := e.find(key); v.Given() {
			r.fail(v.errorf("is not supported"))
		}
	}
	method := r.method()
	switch method {
	case methodAccessKey:
		a.AccessKey = r.key("required with a secret key", "ak", "access_key")
		a.SecretKey = secrets.New(r.key("required with an access key", "sk", "secret_key"))
		a.SecurityToken = secrets.New(r.key("", "security_token"))
	case methodToken:
		a.Login.TokenID = r.key("required with auth_type token", "token", "auth_token")
	case methodAppCredential:
		r.appCredential(&a.Login)
	case methodPasscode:
		r.user(&a.Login)
		a.Login.Passcode = r.secret("required with auth_type v3totp", "passcode")
	case methodPassword:
		r.user(&a.Login)
		a.Login.Password = r.secret("required with username", "password")
	}
	if method != methodAccessKey {
		a.Endpoint = r.endpoint(p)
	}
	a.Warnings = r.warnings(p, method, a.Endpoint)
	return a, r.err
}

// reader reads the values of an entry, up to the first error.
type reader struct {
	entry   *entry
	err     error
	clauses []string // warnings about its texts
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// find returns the value of the first of these keys that is given, in auth or
// beside it: OpenStack's clients take what belongs into auth from either place.
func (e *entry) find(keys ...string) value {
	for _, key := range keys {
		for _, place := range []map[string]value{e.auth, e.top} {
			if v, ok := place[key]; ok {
				return v
			}
		}
	}
	return value{}
}

func (r *reader) text(keys ...string) string {
	s, err := r.entry.find(keys...).text()
	if err != nil {
		r.fail(err)
	}
	return s
}

// required is a text that must be there; why completes a sentence about its key.
func (r *reader) required(why string, keys ...string) string {
	s := r.text(keys...)
	if s == "" {
		r.fail(r.entry.lacks(keys[0], why))
	}
	return s
}

// key is the text of a key or token, by the rules of the configuration. Without why, it
// need not be there.
func (r *reader) key(why string, keys ...string) string {
	var s string
	if why == "" {
		s = r.text(keys...)
	} else {
		s = r.required(why, keys...)
	}
	r.checkSecret(keys)
	if mistake := secrets.CheckKey(s); mistake != "" {
		r.fail(r.entry.find(keys...).errorf("%s", mistake))
	}
	return s
}

// secret is the text of a password, which must be there.
func (r *reader) secret(why string, keys ...string) string {
	s := r.required(why, keys...)
	r.checkSecret(keys)
	return s
}

// checkSecret finds what is valid YAML, but hardly the secret that was meant.
func (r *reader) checkSecret(keys []string) {
	v := r.entry.find(keys...)
	if !v.Given() || isJSON(v.file) {
		return
	}
	if mistake := strictyaml.SecretMistake(v.Node); mistake != "" {
		r.fail(v.errorf("%s", mistake))
	}
	if strictyaml.CutByComment(v.Node) {
		r.clauses = append(r.clauses, fmt.Sprintf("%s in line %d: %s", v.Path, v.Line, strictyaml.CutWarning))
	}
}

// lacks is an error about a key of auth that is not there.
func (e *entry) lacks(key, why string) error {
	at := e.start.at("auth", e.start.Line, nil)
	return at.at(key, e.start.Line, nil).errorf("%s", why)
}

// method is what auth_type says, else what the entry has values for.
func (r *reader) method() string {
	at := r.entry.top["auth_type"]
	if !at.Given() {
		at = r.entry.top["auth_plugin"]
	}
	name, err := at.text()
	if err != nil {
		r.fail(err)
	}
	if name != "" {
		method, ok := methods[name]
		if !ok {
			r.fail(at.errorf("%s is not supported; supported are %s",
				strconv.Quote(sanitize.Message(name)), strings.Join(slices.Sorted(maps.Keys(methods)), ", ")))
		}
		return method
	}
	for _, has := range []struct {
		method string
		keys   []string
	}{
		{methodPassword, []string{"password"}},
		{methodToken, []string{"token", "auth_token"}},
		{methodAppCredential, []string{"application_credential_id", "application_credential_name", "application_credential_secret"}},
		{methodAccessKey, []string{"ak", "access_key", "sk", "secret_key"}},
		{methodPasscode, []string{"passcode"}},
		{methodPassword, []string{"username", "user_name", "user_id"}},
	} {
		if r.entry.find(has.keys...).Given() {
			return has.method
		}
	}
	r.fail(r.entry.start.errorf("has no credentials; it needs username and password, ak and sk, a token, or an application credential"))
	return ""
}

// user reads who logs in: by ID, or by name and domain. Where an entry has both,
// the ID counts, as for OpenStack's clients.
func (r *reader) user(o *tokens.AuthOptions) {
	if o.UserID = r.text("user_id"); o.UserID != "" {
		return
	}
	o.Username = r.required("required; or user_id", "username", "user_name")
	for _, domain := range []string{"user_domain", "domain", "default_domain"} {
		if o.DomainID = r.text(domain + "_id"); o.DomainID != "" {
			return
		}
		if o.DomainName = r.text(domain + "_name"); o.DomainName != "" {
			return
		}
	}
	o.DomainID = r.text("default_domain")
	if o.DomainID == "" {
		r.fail(r.entry.lacks("user_domain_name", "required with username; or user_domain_id, domain_name or domain_id"))
	}
}

// appCredential reads an application credential, which is for one project, and
// with which no other can be asked for.
func (r *reader) appCredential(o *tokens.AuthOptions) {
	o.Scope = tokens.Scope{}
	const other = "required with an application credential"
	o.ApplicationCredentialSecret = r.secret(other, "application_credential_secret")
	if o.ApplicationCredentialID = r.text("application_credential_id"); o.ApplicationCredentialID != "" {
		return
	}
	o.ApplicationCredentialName = r.required(other+"; or application_credential_name and a user", "application_credential_id", "application_credential_name")
	r.user(o)
}
