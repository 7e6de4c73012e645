package config

import (
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// MarshalYAML is the configuration as it could stand in a file, with all defaults and
// every secret as <secret>.
func (c Config) MarshalYAML() (any, error) { return new(decoder).configFields().Node(&c), nil }

// MarshalYAML is as that of Config.
func (p Project) MarshalYAML() (any, error) { return p.node(), nil }

// MarshalJSON has the keys of the YAML, with secrets as hidden as there.
func (c Config) MarshalJSON() ([]byte, error) { return jsonOf(new(decoder).configFields().Node(&c)) }

// MarshalJSON has the keys of the YAML, with secrets as hidden as there.
func (p Project) MarshalJSON() ([]byte, error) { return jsonOf(p.node()) }

func (p Project) node() *yaml.Node { return new(decoder).projectFields().Node(&p) }

func jsonOf(n *yaml.Node) ([]byte, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// Format prints the project as one line of YAML for every verb.
func (p Project) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, new(decoder).projectFields().Line(&p))
}
