package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// aliasBudget is how many nodes aliases may add to a file in all, so that a few
	// lines cannot become a million jobs.
	aliasBudget = 100_000
	// maxMergeDepth ends merges that merge themselves.
	maxMergeDepth = 16
)

// decoder turns the nodes of one file into configuration, and collects all that is
// wrong on the way.
type decoder struct {
	file      string
	lines     [][]byte // of the file
	folder    string   // relative paths begin here
	providers []Provider
	lookupEnv func(string) (string, bool)

	errs     Errors
	failed   map[string]bool // the paths of errs
	warnings []Warning
	budget   int // nodes that may still be looked at

	// The mappings behind the lists of the same names, for checks across them.
	projects, jobs, discover []mapping

	jobFiles []value
}

// value is a node and where it stands.
type value struct {
	node *yaml.Node // nil if the file has none
	line int
	path string
}

// given tells whether the file says anything here; null says nothing.
func (v value) given() bool { return v.node != nil && !isNull(v.resolved()) }

// resolved is the node, or what it is an alias of.
func (v value) resolved() *yaml.Node { return resolve(v.node) }

func (v value) child(key string, n *yaml.Node) value {
	path := key
	if !plainKey.MatchString(key) {
		name, value, _ := strings.Cut(key, ":")
		if value != "" {
			name += ":…" // what is behind it was meant as a value, perhaps a secret
		}
		path = quote(name)
	}
	if v.path != "" {
		path = v.path + "." + path
	}
	return value{n, n.Line, path}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_<][A-Za-z0-9_<-]{0,63}$`)

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func isEmptyList(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode && len(n.Content) == 0 }

// mapping is a value with its keys.
type mapping struct {
	value
	entries map[string]value
}

// at is the value of a key. If there is none, it stands where the mapping begins.
func (m mapping) at(key string) value {
	if v, ok := m.entries[key]; ok {
		return v
	}
	v := m.child(key, &yaml.Node{Line: m.line})
	v.node = nil
	return v
}

// fail reports what is wrong at v.
func (d *decoder) fail(v value, format string, args ...any) {
	d.failed[v.path] = true
	d.errs = append(d.errs, &Error{File: d.file, Line: v.line, Path: v.path, Text: fmt.Sprintf(format, args...)})
}

// failedAt tells whether something is wrong at v already, so that one mistake makes one
// message.
func (d *decoder) failedAt(v value) bool { return d.failed[v.path] }

// spend tells whether n nodes more may be looked at.
func (d *decoder) spend(v value, n int) bool {
	before := d.budget
	d.budget -= n
	if before >= 0 && d.budget < 0 {
		d.fail(v, "aliases make too much of this file; write the values out")
	}
	return !d.exhausted()
}

// exhausted tells whether reading was broken off: what is missing then, is no mistake.
func (d *decoder) exhausted() bool { return d.budget < 0 }

// mapping reads the keys of v. Keys that are not known are errors, if known is not
// nil; so are repeated ones.
func (d *decoder) mapping(v value, known []string) (m mapping, ok bool) {
	n := v.resolved()
	if n.Kind != yaml.MappingNode {
		d.fail(v, "must be a mapping of keys to values, not %s%s", kind(n), missingSpace(n))
		return m, false
	}
	m = mapping{value: v, entries: make(map[string]value, len(n.Content)/2)}
	d.collect(&m, n, known, 0)
	return m, !d.exhausted()
}

// collect adds the entries of n to m. What m has already goes before what n, merged
// into it, says.
func (d *decoder) collect(m *mapping, n *yaml.Node, known []string, depth int) {
	if !d.spend(m.value, len(n.Content)+1) {
		return
	}
	lines := make(map[string]int, len(n.Content)/2)
	var merges []value
	for pair := range slices.Chunk(n.Content, 2) {
		key := resolve(pair[0])
		if key.Kind != yaml.ScalarNode {
			d.fail(value{line: pair[0].Line, path: m.path}, "a key must be a word, not %s", kind(key))
			continue
		}
		v := m.child(key.Value, pair[1])
		v.line = pair[0].Line
		if first, twice := lines[key.Value]; twice {
			d.fail(v, "given twice, first in line %d", first)
			continue
		}
		lines[key.Value] = v.line
		switch _, overridden := m.entries[key.Value]; {
		case key.ShortTag() == "!!merge":
			merges = append(merges, v)
		case overridden:
		case known != nil && !slices.Contains(known, key.Value):
			d.failUnknown(m, v, key.Value, known)
		default:
			m.entries[key.Value] = v
		}
	}
	for _, v := range merges {
		d.merge(m, v, known, depth+1)
	}
}

// failUnknown reports an unknown key. The one that was meant is not missing, too.
func (d *decoder) failUnknown(m *mapping, v value, key string, known []string) {
	name, behind, ok := strings.Cut(key, ":")
	if ok && behind != "" && slices.Contains(known, name) {
		d.fail(v, "a space is missing after the colon; write key: value")
	} else {
		name = Nearest(key, known)
		d.fail(v, "unknown key; %s", suggestion(key, known))
	}
	if name != "" {
		d.failed[m.child(name, v.node).path] = true
	}
}

// merge adds what the key << says: a mapping, or a list of mappings of which the
// first goes before the others.
func (d *decoder) merge(m *mapping, v value, known []string, depth int) {
	if depth > maxMergeDepth {
		d.fail(v, "merges are nested more than %d deep", maxMergeDepth)
		return
	}
	sources := []*yaml.Node{v.resolved()}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	for _, source := range sources {
		if n := resolve(source); n.Kind == yaml.MappingNode {
			d.collect(m, n, known, depth)
		} else {
			d.fail(v, "only mappings can be merged, not %s", kind(n))
		}
	}
}

// items is the values of a list.
func (d *decoder) items(v value) []value {
	n := v.resolved()
	if n.Kind != yaml.SequenceNode {
		d.fail(v, "must be a list, not %s%s", kind(n), missingSpace(n))
		return nil
	}
	if !d.spend(v, len(n.Content)) {
		return nil
	}
	items := make([]value, len(n.Content))
	for i, child := range n.Content {
		items[i] = value{child, child.Line, fmt.Sprintf("%s[%d]", v.path, i)}
	}
	return items
}
