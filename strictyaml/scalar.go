package strictyaml

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml/syntax"
)

// Text reads a text. A number is one, too, exactly as it is written: IDs may look like
// numbers.
func (d *Decoder) Text(v Value) (s string, ok bool) {
	n := v.Resolved()
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
			return n.Value, true
		}
	}
	d.Fail(v, "must be text, not %s", kind(n))
	return "", false
}

// Line reads a text of one line. It drops the line end that a block scalar ends with.
func (d *Decoder) Line(v Value) (s string, ok bool) {
	s, ok = d.Text(v)
	if !ok {
		return "", false
	}
	if n := v.Resolved(); d.manyLines(n) {
		if line, name := d.oddSpaceBelow(n.Line); line > 0 {
			d.failed[v.Path] = true
			d.failLine(line, syntax.SpacesOnly, name)
			return "", false
		}
		d.Fail(v, "has more than one line; check the indentation of the next one")
		return "", false
	}
	text, mistake := CleanText(s)
	if text == "" && s != "" && mistake == "" {
		mistake = "is empty"
	}
	if mistake != "" {
		d.Fail(v, "%s", mistake)
		return "", false
	}
	return text, true
}

// manyLines reports whether a text without quotes has been continued by deeper lines,
// which are as a rule keys or list items that are no longer seen as such.
func (d *Decoder) manyLines(n *yaml.Node) bool {
	if n.Style != 0 || n.Anchor != "" || n.Line < 1 || n.Line > len(d.lines) || !strings.ContainsAny(n.Value, " \n") {
		return false
	}
	return !bytes.Contains(d.lines[n.Line-1], []byte(n.Value))
}

// Bool reads true or false.
func (d *Decoder) Bool(v Value) (b, ok bool) {
	n := v.Resolved()
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if b, err := strconv.ParseBool(n.Value); err == nil {
			return b, true
		}
	}
	d.Fail(v, "must be true or false, not %s", kind(n))
	return false, false
}

// Int reads a whole number.
func (d *Decoder) Int(v Value) (i int, ok bool) {
	n := v.Resolved()
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if i, err := strconv.Atoi(n.Value); err == nil {
			return i, true
		}
	}
	d.failNumber(v, n, "a whole number")
	return 0, false
}

// Float reads a number.
func (d *Decoder) Float(v Value) (f float64, ok bool) {
	n := v.Resolved()
	if tag := n.ShortTag(); n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") {
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f, true
		}
	}
	d.failNumber(v, n, "a number")
	return 0, false
}

func (d *Decoder) failNumber(v Value, n *yaml.Node, want string) {
	if n.Kind == yaml.ScalarNode {
		d.Fail(v, "must be %s, not %s", want, Quote(n.Value))
		return
	}
	d.Fail(v, "must be %s, not %s", want, kind(n))
}

// FilePath reads the name of a file. A relative one begins in the folder of the file
// that is read.
func (d *Decoder) FilePath(v Value) (path string, ok bool) {
	path, ok = d.Line(v)
	if ok && path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(d.folder, path)
	}
	return path, ok
}
