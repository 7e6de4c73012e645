package provider

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	nested := func(levels int) string {
		return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
	}
	for text, want := range map[string]string{
		``:                              "unexpected EOF",
		`null`:                          "but null",
		`[{"status":"SUCCESS"}]`:        "but a list",
		`"SUCCESS"`:                     "but a text",
		`7`:                             "but a number or a truth value",
		`{"a":1`:                        "unexpected EOF",
		`{"a":`:                         "unexpected EOF",
		`{"a":[1`:                       "unexpected EOF",
		`{"a":[1}`:                      "invalid character",
		`{"a" 1}`:                       "invalid character",
		`{"a":1,}`:                      "invalid character",
		`{1:2}`:                         "invalid character",
		`{"a":1} {"a":1}`:               "something follows it",
		`{"a":1}]`:                      "something follows it",
		`{"a":1,"b":2,"a":1}`:           `the key "a" is there twice`,
		`{"a":[{"b":1,"\u0062":2}]}`:    `the key "b" is there twice`,
		nested(maxDepth + 1):            "more than 100 levels",
		nested(1 << 18):                 "more than 100 levels",
		`<!DOCTYPE html><html></html>\`: "invalid character",
	} {
		if o, err := parseObject([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, %v, want %s", text, o, err, want)
		}
	}
	for _, text := range []string{
		`{}`, ` {"a" : [ ] , "b" : {} } `, `{"a":1,"A":2}`, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`, nested(maxDepth),
		`{"n":12345678901234567890.10,"t":true,"f":false,"z":null,"s":"\ud83d\ude00"}`,
	} {
		got, err := parseObject([]byte(text))
		if want := unmarshal(t, text); err != nil || !reflect.DeepEqual(map[string]any(got), want) {
			t.Errorf("%.40s: got %v, %v, want %v", text, got, err, want)
		}
	}
}

// unmarshal reads a text as encoding/json does by itself.
func unmarshal(t *testing.T, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}
