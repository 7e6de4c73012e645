package strictyaml

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml/syntax"
)

// Value is a node of the file and its place.
type Value struct {
	Node *yaml.Node // nil if the file has none
	Line int        // of the key, or of the list item
	Path string     // such as projects[0].region; empty at the root
}

// Given reports whether the file says anything here; null says nothing.
func (v Value) Given() bool { return v.Node != nil && !isNull(v.Resolved()) }

// Resolved returns the node, or what it is an alias of.
func (v Value) Resolved() *yaml.Node { return resolve(v.Node) }

// Key returns the last element of the path.
func (v Value) Key() string { return v.Path[strings.LastIndexByte(v.Path, '.')+1:] }

// child is the value of a key of v.
func (v Value) child(key string, n *yaml.Node) Value {
	path := key
	if !plainKey.MatchString(key) {
		name, value, _ := strings.Cut(key, ":")
		if value != "" {
			name += ":…" // what is behind it was meant as a value, perhaps a secret
		}
		path = Quote(name)
	}
	if v.Path != "" {
		path = v.Path + "." + path
	}
	return Value{n, n.Line, path}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_<][A-Za-z0-9_<-]{0,63}$`)

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kind names what a node is, for messages; it never shows the value.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return "a value with a YAML tag"
}

// missingSpace says why a text may stand where something else is meant.
func missingSpace(n *yaml.Node) string {
	first := n
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		first = n.Content[0]
	}
	name, odd := syntax.OddSpace(first.Value)
	switch {
	case odd && first.Style == 0:
		return fmt.Sprintf("; line %d has "+syntax.SpacesOnly, first.Line, name)
	case n.Kind != yaml.ScalarNode || n.Style != 0:
	case syntax.LacksSpaceAfterDash(n.Value):
		return "; a list item begins with a dash and a space"
	case syntax.LacksSpaceAfterColon(n.Value):
		return "; a key has a space after its colon"
	}
	return ""
}
