package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// cloudsAuth is how an entry of clouds.yaml says to authenticate.
type cloudsAuth struct {
	key      credential         // an access key, with which IAM is not needed
	endpoint string             // else the base URL of IAM, which ends in /v3
	login    tokens.AuthOptions // and what to log in with there
	warnings []string           // clauses about the entry
}

// The ways to authenticate, by the names that auth_type has for them.
const (
	cloudsPassword      = "password"
	cloudsToken         = "token"
	cloudsAppCredential = "v3applicationcredential"
	cloudsPasscode      = "v3totp"
	cloudsAccessKey     = "aksk" // of gophertelekomcloud
)

var cloudsMethods = map[string]string{
	"password": cloudsPassword, "v3password": cloudsPassword,
	"token": cloudsToken, "v3token": cloudsToken,
	"v3applicationcredential": cloudsAppCredential,
	"v3totp":                  cloudsPasscode,
	"aksk":                    cloudsAccessKey,
}

// unsupportedCloudsKeys change what a login is for.
var unsupportedCloudsKeys = []string{"trust_id", "agency_name", "target_agency_name"}

// authentication is how the entry says to authenticate for a project. Its error
// names the file, the line and the key.
func (e *cloudsEntry) authentication(p *config.Project) (*cloudsAuth, error) {
	r := &cloudsReader{entry: e}
	a := &cloudsAuth{login: tokens.AuthOptions{Scope: tokens.Scope{ProjectID: p.ProjectID}}}
	for _, key := range unsupportedCloudsKeys {
		if v := e.find(key); v.given() {
			r.fail(v.errorf("is not supported"))
		}
	}
	method := r.method()
	switch method {
	case cloudsAccessKey:
		a.key = credential{
			accessKey:     r.key("required with a secret key", "ak", "access_key"),
			secretKey:     secrets.New(r.key("required with an access key", "sk", "secret_key")),
			securityToken: secrets.New(r.key("", "security_token")),
		}
	case cloudsToken:
		a.login.TokenID = r.key("required with auth_type token", "token", "auth_token")
	case cloudsAppCredential:
		r.appCredential(&a.login)
	case cloudsPasscode:
		r.user(&a.login)
		a.login.Passcode = r.secret("required with auth_type v3totp", "passcode")
	case cloudsPassword:
		r.user(&a.login)
		a.login.Password = r.secret("required with username", "password")
	}
	if method != cloudsAccessKey {
		a.endpoint = r.endpoint(p)
	}
	a.warnings = r.warnings(p, method, a.endpoint)
	return a, r.err
}

// cloudsReader reads the values of an entry, up to the first error.
type cloudsReader struct {
	entry   *cloudsEntry
	err     error
	clauses []string // warnings about its texts
}

func (r *cloudsReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// find returns the value of the first of these keys that is given, in auth or
// beside it: OpenStack's clients take what belongs into auth from either place.
func (e *cloudsEntry) find(keys ...string) cloudsValue {
	for _, key := range keys {
		for _, place := range []map[string]cloudsValue{e.auth, e.top} {
			if v, ok := place[key]; ok {
				return v
			}
		}
	}
	return cloudsValue{}
}

func (r *cloudsReader) text(keys ...string) string {
	s, err := r.entry.find(keys...).text()
	if err != nil {
		r.fail(err)
	}
	return s
}

// required is a text that must be there; why completes a sentence about its key.
func (r *cloudsReader) required(why string, keys ...string) string {
	s := r.text(keys...)
	if s == "" {
		r.fail(r.entry.lacks(keys[0], why))
	}
	return s
}

// key is the text of a key or token, by the rules of the configuration. Without why, it
// need not be there.
func (r *cloudsReader) key(why string, keys ...string) string {
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
func (r *cloudsReader) secret(why string, keys ...string) string {
	s := r.required(why, keys...)
	r.checkSecret(keys)
	return s
}

// checkSecret finds what is valid YAML, but hardly the secret that was meant.
func (r *cloudsReader) checkSecret(keys []string) {
	v := r.entry.find(keys...)
	if !v.given() || isJSON(v.file) {
		return
	}
	if mistake := strictyaml.SecretMistake(v.node); mistake != "" {
		r.fail(v.errorf("%s", mistake))
	}
	if strictyaml.CutByComment(v.node) {
		r.clauses = append(r.clauses, fmt.Sprintf("%s in line %d: %s", v.path, v.line, strictyaml.CutWarning))
	}
}

// lacks is an error about a key of auth that is not there.
func (e *cloudsEntry) lacks(key, why string) error {
	at := e.start.at("auth", e.start.line, nil)
	return at.at(key, e.start.line, nil).errorf("%s", why)
}

// method is what auth_type says, else what the entry has values for.
func (r *cloudsReader) method() string {
	at := r.entry.top["auth_type"]
	if !at.given() {
		at = r.entry.top["auth_plugin"]
	}
	name, err := at.text()
	if err != nil {
		r.fail(err)
	}
	if name != "" {
		method, ok := cloudsMethods[name]
		if !ok {
			r.fail(at.errorf("%s is not supported; supported are %s",
				strconv.Quote(sanitize(name)), strings.Join(slices.Sorted(maps.Keys(cloudsMethods)), ", ")))
		}
		return method
	}
	for _, has := range []struct {
		method string
		keys   []string
	}{
		{cloudsPassword, []string{"password"}},
		{cloudsToken, []string{"token", "auth_token"}},
		{cloudsAppCredential, []string{"application_credential_id", "application_credential_name", "application_credential_secret"}},
		{cloudsAccessKey, []string{"ak", "access_key", "sk", "secret_key"}},
		{cloudsPasscode, []string{"passcode"}},
		{cloudsPassword, []string{"username", "user_name", "user_id"}},
	} {
		if r.entry.find(has.keys...).given() {
			return has.method
		}
	}
	r.fail(r.entry.start.errorf("has no credentials; it needs username and password, ak and sk, a token, or an application credential"))
	return ""
}

// user reads who logs in: by ID, or by name and domain. Where an entry has both,
// the ID counts, as for OpenStack's clients.
func (r *cloudsReader) user(o *tokens.AuthOptions) {
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
func (r *cloudsReader) appCredential(o *tokens.AuthOptions) {
	o.Scope = tokens.Scope{}
	const other = "required with an application credential"
	o.ApplicationCredentialSecret = r.secret(other, "application_credential_secret")
	if o.ApplicationCredentialID = r.text("application_credential_id"); o.ApplicationCredentialID != "" {
		return
	}
	o.ApplicationCredentialName = r.required(other+"; or application_credential_name and a user", "application_credential_id", "application_credential_name")
	r.user(o)
}
