package secrets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"go.yaml.in/yaml/v3"
)

const plainText = "hunter2"

// outputs prints v in every way that a program may happen to.
func outputs(t *testing.T, v any) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%20v", "%T"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	out["error"] = fmt.Errorf("wrapped: %w", fmt.Errorf("of %v", v)).Error()
	var buf bytes.Buffer
	encode := func(name string, err error) {
		if err != nil {
			fmt.Fprintf(&buf, " %v", err)
		}
		out[name] = buf.String()
		buf.Reset()
	}
	encode("json", json.NewEncoder(&buf).Encode(v))
	encode("yaml", yaml.NewEncoder(&buf).Encode(v))
	encode("logfmt", log.NewLogfmtLogger(&buf).Log("v", v))
	encode("json log", log.NewJSONLogger(&buf).Log("v", v))
	slog.New(slog.NewTextHandler(&buf, nil)).Info("m", "v", v)
	encode("slog text", nil)
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("m", "v", v)
	encode("slog json", nil)
	return out
}

func TestSecretsDoNotLeak(t *testing.T) {
	secret := New(plainText)
	type unexported struct {
		secret Text
		source Source
		list   []Text
		byName map[string]Text
	}
	nested := unexported{secret, Source{Value: secret}, []Text{secret}, map[string]Text{"a": secret}}
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "source": Source{Value: secret}, "list": []Text{secret},
		"map": map[string]any{"a": secret}, "nested": nested, "nested pointer": &nested,
	} {
		for way, text := range outputs(t, v) {
			lower := strings.ToLower(text)
			if strings.Contains(lower, plainText) || strings.Contains(lower, fmt.Sprintf("%x", plainText)) {
				t.Errorf("%s by %s shows the secret: %s", name, way, text)
			}
		}
	}
}

func TestSecretShowsThatItIsThere(t *testing.T) {
	for way, text := range outputs(t, New(plainText)) {
		if way == "%T" {
			continue
		}
		if !strings.Contains(text, Hidden) && !strings.Contains(text, `\u003csecret\u003e`) {
			t.Errorf("%s: %q", way, text)
		}
	}
	if got := fmt.Sprintf("[%v]", New("")); got != "[]" {
		t.Errorf("an empty secret is %s", got)
	}
}

func TestSecretsCompare(t *testing.T) {
	a, same, other := Source{Value: New("a")}, Source{Value: New("a")}, Source{Value: New("b")}
	if !reflect.DeepEqual(a, same) || reflect.DeepEqual(a, other) {
		t.Error("reflect.DeepEqual does not compare the values of secrets")
	}
}
