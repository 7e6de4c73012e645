package web

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"cloudjob_exporter/job"
)

// statusMarks are for the eye, beside the word and not instead of it.
var statusMarks = map[job.Status]string{
	job.Unknown:     "?",
	job.Init:        "○",
	job.Running:     "●",
	job.Success:     "✓",
	job.Failed:      "✕",
	job.RollingBack: "↺",
	job.Canceled:    "–",
}

// sentence makes a sentence of a clause.
func sentence(clause string) string {
	if clause == "" {
		return ""
	}
	if !strings.HasSuffix(clause, "?") {
		clause += "."
	}
	return strings.ToUpper(clause[:1]) + clause[1:]
}

// visible writes out what would change how the text around it is shown, or not
// be shown at all: control characters, and those that change the direction.
func visible(s string) string {
	var text strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			fmt.Fprintf(&text, `\u%04x`, r)
		} else {
			text.WriteRune(r)
		}
	}
	return text.String()
}

// units are what a duration is told in: the largest that fits, and the next.
var units = []struct {
	name string
	size time.Duration
}{
	{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second},
}

// humanize tells a duration in at most two units: "4 min 12 s".
func humanize(d time.Duration) string {
	d = d.Round(time.Second)
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.size, u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return text
	}
	return "0 s"
}
