package provider

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The layouts that the APIs' pages document or show. Go's own RFC 3339 does not
// read a zone without a colon, and Z0700 reads only such a zone, or Z.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",           // no zone: UTC
	"2006-01-02 15:04:05",                     // SFS Turbo, in UTC
	"2006-01-02 15:04:05.999999999 -0700 MST", // CCE: how Go prints a time
}

// No cloud job began before or will end after these; what lies outside is not a
// time that was read rightly, e.g. seconds where milliseconds are documented.
var (
	earliest = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// parseTime reads the time under a key: epoch milliseconds as a number or a text (the
// examples of CFW and DCS), or one of the layouts. It is zero for null, an
// empty text, 0 or nothing at all, and with an error for everything else.
func parseTime(key string, v any) (time.Time, error) {
	var text string
	switch v := v.(type) {
	case nil:
	case string:
		text = strings.TrimSpace(v)
	case json.Number:
		text = v.String()
	default:
		return time.Time{}, fmt.Errorf("%s is neither a text nor a number", key)
	}
	if text == "" || text == "0" {
		return time.Time{}, nil
	}
	if t, ok := read(text); ok && !t.Before(earliest) && t.Before(latest) {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%s %q is no time", key, short(text, maxLabel))
}

func read(text string) (time.Time, bool) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), true
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
