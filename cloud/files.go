package cloud

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"cloudjob_exporter/config"
)

// FilesChanged tells whether a file that the project names, or its entry of
// clouds.yaml, is another one than when the client was made. A credential that
// has been refused is not tried again for minutes, and certificates are read
// once: what has changed needs another client.
func (c *Client) FilesChanged() bool { return filesSum(c.project) != c.files }

// filesSum is a sum of what those files hold. What cannot be read counts as
// empty. It is not to be shown: a short password can be guessed from it.
func filesSum(p *config.Project) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, s := range p.Secrets() {
		text, err := s.Read()
		fmt.Fprintf(h, "%q %t\n", text, err == nil)
	}
	for _, name := range p.TLSFiles() {
		text, err := config.ReadRegular(name, config.MaxTLSFileSize)
		fmt.Fprintf(h, "%q %t\n", text, err == nil)
	}
	if p.CloudName != "" {
		auth, _, _, err := clouds.Parse(clouds.WithCloudName(p.CloudName))
		auth.Scope = nil // a pointer, and not used
		fmt.Fprintf(h, "%q %t\n", fmt.Sprintf("%+v", auth), err == nil)
	}
	h.Sum(sum[:0])
	return sum
}

// Warnings are sentences about the entries of clouds.yaml that projects name:
// what cannot be read, and what is not encrypted.
func Warnings(projects []config.Project) (sentences []string) {
	for i := range projects {
		p := &projects[i]
		if p.CloudName == "" {
			continue
		}
		auth, _, _, err := clouds.Parse(clouds.WithCloudName(p.CloudName))
		switch {
		case err != nil:
			sentences = append(sentences, fmt.Sprintf("project %q: %s", p.Name, cloudsError(p.CloudName, err)))
		case strings.HasPrefix(strings.ToLower(auth.IdentityEndpoint), "http:"):
			sentences = append(sentences, fmt.Sprintf("project %q: clouds.yaml: the auth_url of the entry %q is not encrypted, so that others can read the password", p.Name, p.CloudName))
		}
	}
	return sentences
}
