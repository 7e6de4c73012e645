package simulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// IAMErrorShape is the form of the identity service's error bodies; both are
// met in reality.
type IAMErrorShape int

// The shapes.
const (
	IAMErrorCodes  IAMErrorShape = iota // {"error_code":"IAM.0062","error_msg":"…"}
	IAMErrorObject                      // {"error":{"code":401,"message":"…","title":"Unauthorized"}}
)

// timeLayout is how IAM writes times: UTC with six digits.
const timeLayout = "2006-01-02T15:04:05.000000Z"

type loginRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					ID       string `json:"id"`
					Name     string `json:"name"`
					Password string `json:"password"`
					Domain   named  `json:"domain"`
				} `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope struct {
			Project named `json:"project"`
		} `json:"scope"`
	} `json:"auth"`
}

// named is a thing that is given by its ID or by its name.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// login answers POST /v3/auth/tokens ("Obtaining a User Token Through Password
// Authentication", Identity and Access Management API Reference).
func (c *Cloud) login(r *http.Request, body []byte, now time.Time) Answer {
	answer := c.tryLogin(r, body, now)
	c.counts.login(answer.Status == http.StatusCreated)
	return answer
}

func (c *Cloud) tryLogin(r *http.Request, body []byte, now time.Time) Answer {
	i := c.identity
	var req loginRequest
	if json.Unmarshal(body, &req) != nil {
		return i.refuse(http.StatusBadRequest, "IAM.0011", "Request body is invalid.")
	}
	if m := req.Auth.Identity.Methods; len(m) != 1 || m[0] != "password" {
		return i.refuse(http.StatusBadRequest, "IAM.0007", "Request parameter methods is invalid.")
	}

	i.mu.Lock()
	defer i.mu.Unlock()
	given := req.Auth.Identity.Password.User
	u := i.findUser(given.ID, given.Name, given.Domain.Name)
	switch {
	case u == nil:
		return i.refuse(http.StatusUnauthorized, "IAM.0062", wrongPassword)
	case u.locked(now):
		return i.refuse(http.StatusUnauthorized, "IAM.0061", "The account is locked.")
	case u.Password != given.Password:
		u.refused(now, i.opts.LoginFailures, i.opts.LoginLock)
		return i.refuse(http.StatusUnauthorized, "IAM.0062", wrongPassword)
	}
	u.failures = failures{}

	project := i.findProject(req.Auth.Scope.Project)
	if wanted := req.Auth.Scope.Project != (named{}); wanted && !u.may(project.ID) {
		return i.refuse(http.StatusForbidden, "IAM.0003", "The user has no access to the project.")
	}
	text, expires := i.issue(project.ID, now)
	answer := JSON(http.StatusCreated, map[string]any{"token": c.tokenBody(r, u.User, project, now, expires)})
	answer.Header.Set("X-Subject-Token", text)
	return answer
}

const wrongPassword = "The username or password is wrong."

func (i *identity) refuse(status int, code, message string) Answer {
	if i.opts.IAMErrors == IAMErrorObject {
		return JSON(status, map[string]any{"error": map[string]any{
			"code": status, "message": message, "title": http.StatusText(status),
		}})
	}
	return JSON(status, codeAndMessage{Code: code, Message: message})
}

func (i *identity) findUser(id, name, domain string) *user {
	if id != "" {
		return i.users[id]
	}
	for _, u := range i.users {
		if u.Name == name && u.Domain == domain {
			return u
		}
	}
	return nil
}

// findProject gives the zero Project if there is none, or none was asked for.
func (i *identity) findProject(n named) Project {
	if n.ID != "" {
		return i.projects[n.ID]
	}
	for _, p := range i.projects {
		if n.Name != "" && p.Name == n.Name {
			return p
		}
	}
	return Project{}
}

func (c *Cloud) tokenBody(r *http.Request, u User, p Project, issued, expires time.Time) map[string]any {
	domain := map[string]string{"id": "d-" + u.Domain, "name": u.Domain}
	body := map[string]any{
		"methods":    []string{"password"},
		"issued_at":  issued.UTC().Format(timeLayout),
		"expires_at": expires.UTC().Format(timeLayout),
		"user":       map[string]any{"id": u.ID, "name": u.Name, "domain": domain, "password_expires_at": ""},
		"roles":      []map[string]string{{"id": "0", "name": "te_admin"}},
		"catalog":    c.catalog(r),
	}
	if p.ID != "" {
		body["project"] = map[string]any{"id": p.ID, "name": p.Name, "domain": domain}
	}
	return body
}

// catalog lists the services at the host that was asked, by the types that Open
// Telekom Cloud gives them. It is empty for ?nocatalog, whatever its value.
func (c *Cloud) catalog(r *http.Request) []map[string]any {
	catalog := []map[string]any{}
	if r.URL.Query().Has("nocatalog") {
		return catalog
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	for _, s := range []struct{ kind, name, path string }{
		{"identity", "iam", "/v3"},
		{"cfwv3", "cfw", ""},
		{"elbv1", "elb", "/v1.0"},
		{"elbv3", "elb", "/v3"},
	} {
		catalog = append(catalog, map[string]any{
			"id": s.kind, "type": s.kind, "name": s.name,
			"endpoints": []map[string]string{{
				"id": s.kind + "-public", "interface": "public",
				"region": c.opts.Region, "region_id": c.opts.Region, "url": scheme + r.Host + s.path,
			}},
		})
	}
	return catalog
}
