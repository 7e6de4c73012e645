package provider

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	at := time.Date(2022, 1, 5, 8, 15, 1, 0, time.UTC)
	for _, test := range []struct {
		name string
		in   any
		want time.Time
		err  string
	}{
		{"milliseconds", json.Number("1641370501000"), at, ""},
		{"milliseconds as a text", "1641370501000", at, ""},
		{"RFC 3339", "2022-01-05T08:15:01Z", at, ""},
		{"RFC 3339 with a fraction", "2022-01-05T08:15:01.250Z", at.Add(250 * time.Millisecond), ""},
		{"RFC 3339 with a zone", "2022-01-05T16:15:01+08:00", at, ""},
		{"a zone without a colon", "2022-01-05T16:15:01+0800", at, ""},
		{"a zone without a colon and a fraction", "2022-01-05T16:15:01.5+0800", at.Add(500 * time.Millisecond), ""},
		{"no zone", "2022-01-05T08:15:01", at, ""},
		{"a space for the T", "2022-01-05 08:15:01", at, ""},
		{"as Go prints it", "2022-01-05 08:15:01.000000001 +0000 UTC", at.Add(1), ""},
		{"as Go prints it, without a fraction", "2022-01-05 08:15:01 +0000 UTC", at, ""},
		{"as Go prints it, in another zone", "2022-01-05 16:15:01.5 +0800 CST", at.Add(500 * time.Millisecond), ""},
		{"spaces around it", " 2022-01-05T08:15:01Z ", at, ""},
		{"null", nil, time.Time{}, ""},
		{"empty", "", time.Time{}, ""},
		{"zero", json.Number("0"), time.Time{}, ""},
		{"seconds", json.Number("1641370501"), time.Time{}, `begin_time "1641370501" is no time`},
		{"microseconds", json.Number("1641370501000000"), time.Time{}, `begin_time "1641370501000000" is no time`},
		{"negative", json.Number("-1"), time.Time{}, `begin_time "-1" is no time`},
		{"no number of time", json.Number("1e999"), time.Time{}, `begin_time "1e999" is no time`},
		{"a word", "now", time.Time{}, `begin_time "now" is no time`},
		{"no such day", "2022-02-30T00:00:00Z", time.Time{}, `begin_time "2022-02-30T00:00:00Z" is no time`},
		{"year 1", "0001-01-01T00:00:00Z", time.Time{}, `begin_time "0001-01-01T00:00:00Z" is no time`},
		{"a flag", true, time.Time{}, `begin_time is neither a text nor a number`},
		{"an object", map[string]any{}, time.Time{}, `begin_time is neither a text nor a number`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseTime("begin_time", test.in)
			if !got.Equal(test.want) || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("got %v, %v; want %v, %q", got, err, test.want, test.err)
			}
		})
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{
		"1641370501000", "2022-01-05T08:15:01Z", "2022-01-05T16:15:01+0800",
		"2022-01-05T16:15:01+08:00", "2022-01-05T08:15:01", "", "0", "soon",
		"2022-01-05 08:15:01", "2022-01-05 08:15:01.000000001 +0000 UTC",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []any{s, json.Number(s)} {
			got, err := parseTime("end_time", v)
			switch {
			case err != nil && !got.IsZero():
				t.Errorf("%q: both a time and an error: %v, %v", s, got, err)
			case !got.IsZero() && (got.Before(earliest) || !got.Before(latest)):
				t.Errorf("%q: %v is out of bounds", s, got)
			}
		}
	})
}
