package strictyaml

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Duration reads a duration as Prometheus writes it (1d, 1h30m, 0), or with fractions as
// Go does (1.5s). There are no negative ones.
func (d *Decoder) Duration(v Value) (dur time.Duration, ok bool) {
	s, ok := d.Text(v)
	if !ok {
		return 0, false
	}
	dur, err := parseDuration(s)
	if err != nil {
		d.Fail(v, "%s", err)
		return 0, false
	}
	return dur, true
}

// ParseDuration is Decoder.Duration of a text that stands elsewhere.
func ParseDuration(s string) (time.Duration, error) { return parseDuration(s) }

func parseDuration(s string) (time.Duration, error) {
	if d, err := model.ParseDuration(s); err == nil {
		return time.Duration(d), nil
	}
	if d, err := time.ParseDuration(s); err == nil && !strings.HasPrefix(s, "-") {
		return d, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("%s has no unit; for seconds write %ss", Quote(s), s)
	}
	return 0, fmt.Errorf("%s is no duration; write one like 30s, 15m or 1h30m", Quote(s))
}

// FormatDuration returns a duration in the shortest form that Duration reads.
func FormatDuration(d time.Duration) string {
	if d%time.Millisecond != 0 {
		return d.String() // Prometheus' form ends at milliseconds
	}
	return model.Duration(d).String()
}
