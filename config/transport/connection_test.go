package transport

import (
	"slices"
	"strings"

	"cloudjob_exporter/strictyaml"
)

// connection is something that has a name, and is reached as this package says.
type connection struct {
	Name  string
	Proxy Proxy
	TLS   TLS

	warnings []strictyaml.Warning
}

var connectionFields = slices.Concat(
	strictyaml.Fields[connection]{strictyaml.TextField("name", func(c *connection) *string { return &c.Name }, nil)},
	ProxyFields(func(c *connection) *Proxy { return &c.Proxy }),
	strictyaml.Fields[connection]{TLSField("tls_config", func(c *connection) *TLS { return &c.TLS })},
)

// read reads dir/c.yml with this text, in an environment.
func read(text string, env ...string) (*connection, error) {
	d, c := strictyaml.NewDecoder("dir/c.yml"), &connection{}
	if root, ok := d.Document([]byte(text)); ok {
		m, _ := connectionFields.Read(d, root, c)
		c.Proxy.Check(d, m, func(name string) (string, bool) {
			for _, e := range env {
				if k, v, _ := strings.Cut(e, "="); k == name {
					return v, true
				}
			}
			return "", false
		})
	}
	c.warnings = d.Warnings()
	return c, d.Err()
}
