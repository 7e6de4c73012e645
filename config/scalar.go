package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

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
	switch {
	case n.Kind != yaml.ScalarNode || n.Style != 0:
	case noSpaceAfterDash.MatchString(n.Value):
		return "; a list item begins with a dash and a space"
	case noSpaceAfterColon.MatchString(n.Value):
		return "; a key has a space after its colon"
	}
	return ""
}

// quote shows a value in a message, cut if it is long.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// text reads a string. A number is one, too, exactly as it is written: job IDs and
// project IDs may look like numbers.
func (d *decoder) text(v value) (s string, ok bool) {
	n := v.resolved()
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
			return n.Value, true
		}
	}
	d.fail(v, "must be text, not %s", kind(n))
	return "", false
}

// line reads a text of one line. It loses the line end that a block scalar ends with.
func (d *decoder) line(v value) (s string, ok bool) {
	s, ok = d.text(v)
	if !ok {
		return "", false
	}
	if d.manyLines(v.resolved()) {
		d.fail(v, "has more than one line; check the indentation of the next one")
		return "", false
	}
	text, mistake := cleanText(s)
	if text == "" && s != "" && mistake == "" {
		mistake = "is empty"
	}
	if mistake != "" {
		d.fail(v, "%s", mistake)
		return "", false
	}
	return text, true
}

// manyLines reports whether a text without quotes has been continued by deeper lines,
// which are as a rule keys or list items that are no longer seen as such.
func (d *decoder) manyLines(n *yaml.Node) bool {
	if n.Style != 0 || n.Anchor != "" || n.Line < 1 || n.Line > len(d.lines) || !strings.ContainsAny(n.Value, " \n") {
		return false
	}
	return !bytes.Contains(d.lines[n.Line-1], []byte(n.Value))
}

func (d *decoder) boolean(v value) (b, ok bool) {
	n := v.resolved()
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if b, err := strconv.ParseBool(n.Value); err == nil {
			return b, true
		}
	}
	d.fail(v, "must be true or false, not %s", kind(n))
	return false, false
}

func (d *decoder) integer(v value) (i int, ok bool) {
	n := v.resolved()
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if i, err := strconv.Atoi(n.Value); err == nil {
			return i, true
		}
	}
	d.failNumber(v, n, "a whole number")
	return 0, false
}

func (d *decoder) float(v value) (f float64, ok bool) {
	n := v.resolved()
	if tag := n.ShortTag(); n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") {
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f, true
		}
	}
	d.failNumber(v, n, "a number")
	return 0, false
}

func (d *decoder) failNumber(v value, n *yaml.Node, want string) {
	if n.Kind == yaml.ScalarNode {
		d.fail(v, "must be %s, not %s", want, quote(n.Value))
		return
	}
	d.fail(v, "must be %s, not %s", want, kind(n))
}

func (d *decoder) duration(v value) (dur time.Duration, ok bool) {
	s, ok := d.text(v)
	if !ok {
		return 0, false
	}
	dur, err := parseDuration(s)
	if err != nil {
		d.fail(v, "%s", err)
		return 0, false
	}
	return dur, true
}

// parseDuration reads a duration as Prometheus writes it (1d, 1h30m, 0), or with
// fractions as Go does (1.5s). There are no negative ones.
func parseDuration(s string) (time.Duration, error) {
	if d, err := model.ParseDuration(s); err == nil {
		return time.Duration(d), nil
	}
	if d, err := time.ParseDuration(s); err == nil && !strings.HasPrefix(s, "-") {
		return d, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("%s has no unit; for seconds write %ss", quote(s), s)
	}
	return 0, fmt.Errorf("%s is no duration; write one like 30s, 15m or 1h30m", quote(s))
}

// formatDuration is the inverse of parseDuration.
func formatDuration(d time.Duration) string {
	if d%time.Millisecond != 0 {
		return d.String() // Prometheus' form ends at milliseconds
	}
	return model.Duration(d).String()
}
