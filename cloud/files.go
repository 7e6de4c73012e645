package cloud

import (
	"crypto/sha256"
	"fmt"

	"cloudjob_exporter/cloud/clouds"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/transport"
	"cloudjob_exporter/regular"
)

// FilesChanged reports whether a file that the project names, or its entry of
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
	for _, name := range p.TLS.Files() {
		text, err := regular.Read(name, transport.MaxFileSize)
		fmt.Fprintf(h, "%q %t\n", text, err == nil)
	}
	if p.CloudName != "" {
		a, err := clouds.Read(p)
		if err != nil {
			a = &clouds.Auth{}
		}
		fmt.Fprintf(h, "%q %q %q %q %#v %v\n", a.Endpoint, a.AccessKey, a.SecretKey.Reveal(), a.SecurityToken.Reveal(), a.Login, err)
	}
	h.Sum(sum[:0])
	return sum
}
