package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth is how deep objects and lists of an answer may be nested. Sub-jobs
// of sub-jobs need a dozen levels.
const maxDepth = 100

var errTooDeep = fmt.Errorf("more than %d levels", maxDepth)

// parse reads one JSON value, and nothing after it. Numbers keep their digits.
// A key that is there twice is an error: which of two statuses is meant, nobody
// can tell (RFC 8259, section 4), and a wrong one is worse than none.
func parse(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := parseValue(d, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	return v, nil
}

// parseObject reads an answer that is one JSON object.
func parseObject(body []byte) (object, error) {
	v, err := parse(body)
	if err != nil {
		return nil, err
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("but %s", kind(v))
	}
	return o, nil
}

// parseValue reads the next value and all that is in it.
func parseValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, unexpectedEnd(err)
	}
	delimiter, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == 0:
		return nil, errTooDeep
	case delimiter == '[':
		return parseList(d, depth-1)
	}
	return parseMembers(d, depth-1)
}

func parseList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parseValue(d, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, unexpectedEnd(err)
}

func parseMembers(d *json.Decoder, depth int) (any, error) {
	o := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, unexpectedEnd(err)
		}
		key, _ := token.(string) // the decoder takes nothing else here
		if _, twice := o[key]; twice {
			return nil, fmt.Errorf("the key %q is there twice", short(key, maxLabel))
		}
		if o[key], err = parseValue(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return o, unexpectedEnd(err)
}

// unexpectedEnd is err, but that a text that ends too early is named as such.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// kind names a value for an error.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case string:
		return "a text"
	}
	return "a number or a truth value"
}
