package simulator

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// authenticated serves only those who prove who they are and may see the
// project; to the others it answers as the API gateway does.
func (c *Cloud) authenticated(projectID string, then func(*http.Request, []byte) Answer) serve {
	return func(r *http.Request, body []byte, now time.Time) Answer {
		check := c.identity.checkSignature
		if r.Header.Get("X-Auth-Token") != "" {
			check = c.identity.checkToken
		}
		if refusal := check(r, body, projectID, now); refusal != nil {
			refusal.refused = true
			return *refusal
		}
		return then(r, body)
	}
}

// inOwnWords replaces the gateway's 403 by the service's own answer to a credential of
// another project, if it has one.
func (a *apiRow) inOwnWords(s serve) serve {
	if a.wrongProject == (problem{}) {
		return s
	}
	return func(r *http.Request, body []byte, now time.Time) Answer {
		answer := s(r, body, now)
		if answer.refused && answer.Status == http.StatusForbidden {
			answer = a.errors.answer(a.wrongProject)
			answer.refused = true
		}
		return answer
	}
}

func (i *identity) checkToken(r *http.Request, _ []byte, projectID string, now time.Time) *Answer {
	i.mu.Lock()
	defer i.mu.Unlock()
	t, ok := i.tokens[r.Header.Get("X-Auth-Token")]
	switch {
	case !ok:
		return unauthorized("decrypt token fail")
	case !now.Before(t.expires):
		a := gatewayError(http.StatusUnauthorized, "APIG.0307", "The token must be updated")
		return &a
	case t.project != projectID:
		return forbidden()
	}
	return nil
}

func (i *identity) checkSignature(r *http.Request, body []byte, projectID string, now time.Time) *Answer {
	authorization := r.Header.Get("Authorization")
	if authorization == "" {
		return unauthorized("neither X-Auth-Token nor Authorization")
	}
	s, err := parseSignature(authorization)
	if err != nil {
		return unauthorized(err.Error())
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.keys[s.access]
	if k == nil {
		return unauthorized("Get secretKey failed,ak:" + s.access + ",err:ak not exist")
	}
	if k.locked(now) {
		return unauthorized("AK access failed to reach the limit,forbidden")
	}
	if problem := k.check(s, r, body, now); problem != "" {
		k.refused(now, i.opts.KeyFailures+1, i.opts.KeyLock)
		return unauthorized(problem)
	}
	k.failures = failures{}
	if id := r.Header.Get("X-Project-Id"); !k.may(projectID) || id != "" && id != projectID {
		return forbidden()
	}
	return nil
}

// check tells what is wrong with a signature by this key; empty if nothing is.
func (k *key) check(s signature, r *http.Request, body []byte, now time.Time) string {
	if err := s.verify(r, body, k.Secret, now); err != nil {
		return err.Error()
	}
	sent := r.Header.Get("X-Security-Token")
	if subtle.ConstantTimeCompare([]byte(sent), []byte(k.SecurityToken)) != 1 {
		return "verify security token fail"
	}
	if !k.Expires.IsZero() && !now.Before(k.Expires) {
		return "the security token has expired"
	}
	return ""
}

func unauthorized(why string) *Answer {
	a := gatewayError(http.StatusUnauthorized, "APIG.0301", "Incorrect IAM authentication information: "+why)
	return &a
}

func forbidden() *Answer {
	a := gatewayError(http.StatusForbidden, "APIG.0302", "The IAM user is not authorized to access the API")
	return &a
}
