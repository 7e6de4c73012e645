package simulator

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strconv"
	"time"
)

const (
	agencyKeyLifetime = time.Hour
	agencyKeyOverlap  = 10 * time.Minute // a new key is given out this long before the old one expires
	maxSessionSeconds = 21600
)

// metadata is the metadata service of a server that acts for an agency.
type metadata struct {
	*identity
	v1Only   bool
	agency   []string             // project IDs; empty without an agency
	current  string               // access key last given out
	sessions map[string]time.Time // expiry, by session token
}

func newMetadata(i *identity, v1Only bool) *metadata {
	return &metadata{identity: i, v1Only: v1Only, sessions: map[string]time.Time{}}
}

// SetAgency lets the server act for an agency that may see these projects. With
// none, the metadata service has no key to give.
func (c *Cloud) SetAgency(projectIDs ...string) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	c.metadata.agency, c.metadata.current = projectIDs, ""
}

// session answers PUT /meta-data/latest/api/token (IMDSv2).
func (m *metadata) session(r *http.Request, _ []byte, now time.Time) Answer {
	if m.v1Only {
		return plain(http.StatusNotFound, "404 Not Found")
	}
	seconds, err := strconv.Atoi(r.Header.Get("X-Metadata-Token-Ttl-Seconds"))
	if err != nil || seconds < 1 || seconds > maxSessionSeconds {
		return plain(http.StatusBadRequest, "400 Bad Request")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, expires time.Time) bool { return !now.Before(expires) })
	text := rand.Text()
	m.sessions[text] = now.Add(time.Duration(seconds) * time.Second)
	return plain(http.StatusOK, text)
}

// securityKey answers GET /openstack/latest/securitykey: a temporary key that
// lasts for an hour, and a new one from 10 min before its end ("Metadata
// Obtaining", Elastic Cloud Server User Guide).
func (m *metadata) securityKey(r *http.Request, _ []byte, now time.Time) Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.v1Only && !now.Before(m.sessions[r.Header.Get("X-Metadata-Token")]) {
		return plain(http.StatusUnauthorized, "401 Unauthorized")
	}
	if len(m.agency) == 0 {
		return plain(http.StatusNotFound, "404 Not Found")
	}
	k := m.keys[m.current]
	if k == nil || k.Expires.Sub(now) <= agencyKeyOverlap {
		maps.DeleteFunc(m.keys, func(_ string, k *key) bool {
			return !k.Expires.IsZero() && now.Sub(k.Expires) > agencyKeyLifetime
		})
		k = &key{Key: Key{
			Access: "HST" + rand.Text(), Secret: rand.Text() + rand.Text(), SecurityToken: "gQ" + rand.Text() + rand.Text(),
			Expires: now.Add(agencyKeyLifetime), Projects: m.agency,
		}}
		m.keys[k.Access] = k
		m.current = k.Access
	}
	return JSON(http.StatusOK, map[string]any{"credential": map[string]string{
		"access": k.Access, "secret": k.Secret, "securitytoken": k.SecurityToken,
		"expires_at": k.Expires.UTC().Format(timeLayout),
	}})
}

func plain(status int, text string) Answer {
	return Answer{Status: status, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(text)}
}
