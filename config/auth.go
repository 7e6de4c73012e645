package config

import (
	"slices"
	"strings"

	"cloudjob_exporter/strictyaml"
)

// AuthMethod is a way to authenticate.
type AuthMethod uint8

// The ways to authenticate. A project that was loaded has one that is not AuthNone.
const (
	AuthNone      AuthMethod = iota
	AuthAccessKey            // requests signed with AccessKey and SecretKey, perhaps SecurityToken
	AuthPassword             // a token of IAM for Username, Password and DomainName
	AuthToken                // Token as it is
	AuthMetadata             // temporary access keys of the metadata service
	AuthCloudName            // what clouds.yaml says for CloudName
)

// Auth is how the project authenticates.
func (p *Project) Auth() AuthMethod {
	switch {
	case p.AccessKey != "":
		return AuthAccessKey
	case p.Username != "":
		return AuthPassword
	case !p.Token.IsZero():
		return AuthToken
	case p.Metadata:
		return AuthMetadata
	case p.CloudName != "":
		return AuthCloudName
	}
	return AuthNone
}

// authKeys is, for each way to authenticate, the keys that it must have, and those
// that it may have. Of a secret either key will do: itself or its file.
var authKeys = [...]struct{ must, may []string }{
	AuthAccessKey: {must: []string{"access_key", "secret_key"}, may: []string{"security_token"}},
	AuthPassword:  {must: []string{"username", "password", "domain_name"}},
	AuthToken:     {must: []string{"token"}},
	AuthMetadata:  {must: []string{"metadata"}},
	AuthCloudName: {must: []string{"cloud_name"}},
}

// secretKeys have a second key with _file at its end.
var secretKeys = []string{"secret_key", "security_token", "password", "token"}

// credential is a key of authKeys that a file gives, or its form with _file.
type credential struct {
	key string // without _file
	at  strictyaml.Value
}

// checkAuth makes sure that p has exactly one whole way to authenticate, if need be
// from the environment.
func (d *decoder) checkAuth(m strictyaml.Mapping, p *Project) {
	var ways [][]credential
	for _, keys := range authKeys {
		var given []credential
		for _, key := range slices.Concat(keys.must, keys.may) {
			given = append(given, d.credentials(m, p, key)...)
		}
		if len(given) > 0 {
			ways = append(ways, given)
		}
	}
	switch len(ways) {
	case 0:
		if !d.anyCredentialFailed(m) {
			d.authenticateFromEnvironment(m, p)
		}
	case 1:
		d.checkComplete(m, ways[0])
	default:
		for _, other := range ways[1:] {
			one := ways[0][0].at
			d.Fail(other[0].at, "a second way to authenticate, besides %s in line %d; a project has one", one.Key(), one.Line)
		}
	}
}

// credentials is what m gives for one key: nothing, itself or its file. Both is an
// error.
func (d *decoder) credentials(m strictyaml.Mapping, p *Project, key string) (given []credential) {
	if key == "metadata" && !p.Metadata {
		return nil
	}
	forms := []string{key}
	if slices.Contains(secretKeys, key) {
		forms = append(forms, key+"_file")
	}
	for _, form := range forms {
		if at := m.At(form); at.Given() && at.Resolved().Value != "" { // an empty text is none
			given = append(given, credential{key, at})
		}
	}
	if len(given) == 2 {
		d.Fail(given[1].at, "%s is given, too, in line %d; keep one of them", key, given[0].at.Line)
	}
	return given
}

// checkAnchors finds secrets that begin with & and have become the anchor of nothing,
// so that they seem not to be given.
func (d *decoder) checkAnchors(m strictyaml.Mapping) {
	for _, key := range append([]string{"access_key"}, secretKeys...) {
		if at := m.At(key); !at.Given() {
			d.CheckSecret(at)
		}
	}
}

// checkComplete finds the keys that the only way to authenticate lacks.
func (d *decoder) checkComplete(m strictyaml.Mapping, given []credential) {
	for _, keys := range authKeys {
		if !slices.Contains(slices.Concat(keys.must, keys.may), given[0].key) {
			continue
		}
		var missing []string
		for _, key := range keys.must {
			has := func(c credential) bool { return c.key == key }
			if slices.ContainsFunc(given, has) || d.credentialFailed(m, key) {
				continue
			}
			if slices.Contains(secretKeys, key) {
				key += " or " + key + "_file"
			}
			missing = append(missing, key)
		}
		if len(missing) > 0 {
			d.Fail(given[0].at, "needs %s, too", strings.Join(missing, ", and "))
		}
	}
}

func (d *decoder) credentialFailed(m strictyaml.Mapping, key string) bool {
	return d.FailedAt(m.At(key)) || d.FailedAt(m.At(key+"_file"))
}

// anyCredentialFailed reports whether there was an attempt to say how to authenticate.
func (d *decoder) anyCredentialFailed(m strictyaml.Mapping) bool {
	return slices.ContainsFunc(authKeys[:], func(keys struct{ must, may []string }) bool {
		return slices.ContainsFunc(slices.Concat(keys.must, keys.may), func(key string) bool { return d.credentialFailed(m, key) })
	})
}
