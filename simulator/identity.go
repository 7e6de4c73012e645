package simulator

import (
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"
)

// Project is a project of the cloud.
type Project struct {
	ID   string // 32 hex digits on real clouds
	Name string // e.g. "eu-de_shop"
}

// User may log in with a password.
type User struct {
	ID, Name string
	Domain   string // the name of the account that the user belongs to
	Password string
	Projects []string // IDs of the projects that the user may see
}

// Key signs requests.
type Key struct {
	Access, Secret string
	SecurityToken  string    // sent along with a temporary key; empty for a permanent one
	Expires        time.Time // zero for a permanent key
	Projects       []string  // IDs of the projects that the key may see
}

// identity knows who may do what: projects, users, keys, and the tokens given out.
type identity struct {
	opts Options

	mu       sync.Mutex
	projects map[string]Project // by ID
	users    map[string]*user   // by ID
	keys     map[string]*key    // by Access
	tokens   map[string]token
}

type user struct {
	User
	failures
}

type key struct {
	Key
	failures
}

type token struct {
	project string // ID; empty if the token is for no project
	expires time.Time
}

// failures counts refusals in a row, and locks after too many.
type failures struct {
	count       int
	last        time.Time
	lockedUntil time.Time
}

func (f *failures) locked(now time.Time) bool { return now.Before(f.lockedUntil) }

// refused counts one more. The count starts anew after a quiet time as long as a lock.
func (f *failures) refused(now time.Time, limit int, lock time.Duration) {
	if now.Sub(f.last) > lock {
		f.count = 0
	}
	f.last = now
	if f.count++; f.count >= limit {
		*f = failures{lockedUntil: now.Add(lock)}
	}
}

func newIdentity(o Options) *identity {
	return &identity{
		opts:     o,
		projects: map[string]Project{},
		users:    map[string]*user{},
		keys:     map[string]*key{},
		tokens:   map[string]token{},
	}
}

// SetProject adds a project, or replaces the one with its ID.
func (c *Cloud) SetProject(p Project) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	c.identity.projects[p.ID] = p
}

// SetUser adds a user, or replaces the one with its ID: so a password is
// changed. Tokens given out before stay good until they expire or are revoked.
func (c *Cloud) SetUser(u User) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	c.identity.users[u.ID] = &user{User: u}
}

// SetKey adds a key, or replaces the one with its access key: so a secret key
// is changed, and a lock taken off.
func (c *Cloud) SetKey(k Key) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	c.identity.keys[k.Access] = &key{Key: k}
}

// RemoveKey deletes a key. It does nothing if there is none.
func (c *Cloud) RemoveKey(access string) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	delete(c.identity.keys, access)
}

// IssueToken gives out a token for a project, as if someone had logged in.
func (c *Cloud) IssueToken(projectID string) string {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	t, _ := c.identity.issue(projectID, time.Now())
	return t
}

// RevokeToken makes one token worthless.
func (c *Cloud) RevokeToken(t string) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	delete(c.identity.tokens, t)
}

// RevokeTokens makes all tokens worthless.
func (c *Cloud) RevokeTokens() {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	clear(c.identity.tokens)
}

// ExpireTokens lets all tokens expire now, whenever they were said to.
func (c *Cloud) ExpireTokens() {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	now := time.Now()
	for text, t := range c.identity.tokens {
		t.expires = now
		c.identity.tokens[text] = t
	}
}

// issue makes a token. Tokens long expired are forgotten on the way; those
// expired a day ago or less are kept, because they are refused in words of their own.
func (i *identity) issue(projectID string, now time.Time) (text string, expires time.Time) {
	maps.DeleteFunc(i.tokens, func(_ string, t token) bool { return now.Sub(t.expires) > 24*time.Hour })
	text = "MII" + rand.Text() + rand.Text()
	expires = now.Add(i.opts.TokenLifetime)
	i.tokens[text] = token{project: projectID, expires: expires}
	return text, expires
}

func (u *user) may(projectID string) bool { return slices.Contains(u.Projects, projectID) }
func (k *key) may(projectID string) bool  { return slices.Contains(k.Projects, projectID) }
