package secrets

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cloudjob_exporter/fixture"
)

const plainText = "hunter2"

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
		for way, text := range fixture.Prints(t, v) {
			lower := strings.ToLower(text)
			if strings.Contains(lower, plainText) || strings.Contains(lower, fmt.Sprintf("%x", plainText)) {
				t.Errorf("%s by %s shows the secret: %s", name, way, text)
			}
		}
	}
}

func TestSecretShowsThatItIsThere(t *testing.T) {
	for way, text := range fixture.Prints(t, New(plainText)) {
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
