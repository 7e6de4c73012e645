package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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
	c := mustParse(t, project+`username: u, password: hunter2, domain_name: d, proxy_url: 'http://hunter2@proxy:1',
		proxy_connect_header: {a: [hunter2]}}
- {name: q, cloud: otc, region: eu-de, project_id: '1', access_key: a, secret_key: hunter2, security_token: hunter2,
   proxy_url: 'http://u:hunter2@proxy:1'}
- {name: r, cloud: otc, region: eu-de, project_id: '1', token: hunter2}`)
	c.Projects[0].TLS.Cert, c.Projects[0].TLSKey = "c", NewSecret(plainText)
	secret := NewSecret(plainText)
	type unexported struct {
		secret  Secret
		source  SecretSource
		project *Project
		config  *Config
		value   Project
		list    []Secret
		byName  map[string]Secret
	}
	nested := unexported{
		secret,
		SecretSource{Value: secret},
		&c.Projects[0], c, c.Projects[0],
		[]Secret{secret},
		map[string]Secret{"a": secret},
	}
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "source": SecretSource{Value: secret}, "list": []Secret{secret},
		"map": map[string]any{"a": secret}, "nested": nested, "nested pointer": &nested,
		"project": c.Projects[0], "project pointer": &c.Projects[1], "projects": c.Projects, "config": c, "config value": *c,
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
	for way, text := range outputs(t, NewSecret(plainText)) {
		if way == "%T" {
			continue
		}
		if !strings.Contains(text, hidden) && !strings.Contains(text, `\u003csecret\u003e`) {
			t.Errorf("%s: %q", way, text)
		}
	}
	if got := fmt.Sprintf("[%v]", NewSecret("")); got != "[]" {
		t.Errorf("an empty secret is %s", got)
	}
}

func TestSecretsCompare(t *testing.T) {
	a := Project{Name: "p", SecretKey: SecretSource{Value: NewSecret("a")}}
	same := Project{Name: "p", SecretKey: SecretSource{Value: NewSecret("a")}}
	other := Project{Name: "p", SecretKey: SecretSource{Value: NewSecret("b")}}
	if !reflect.DeepEqual(a, same) || reflect.DeepEqual(a, other) {
		t.Error("reflect.DeepEqual does not compare the values of secrets")
	}
}

func TestSecretSourceRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	missing := filepath.Join(dir, "missing")
	for _, tc := range []struct {
		name    string
		source  SecretSource
		want    string
		wantErr string
	}{
		{"value", SecretSource{Value: NewSecret("a\n")}, "a\n", ""},
		{"file", SecretSource{File: file("file", "a")}, "a", ""},
		{"one line end", SecretSource{File: file("lf", "a\n")}, "a", ""},
		{"two line ends", SecretSource{File: file("lf2", "a\n\n")}, "", "secret file " + dir + "/lf2 has more than one line; only one line end, at its end, is ignored"},
		{"tab", SecretSource{File: file("tab", "a\tb")}, "", "secret file " + dir + "/tab has a control character in it, U+0009"},
		{"UTF-16", SecretSource{File: file("utf16", "\xff\xfea\x00")}, "", "secret file " + dir + "/utf16 is UTF-16; save it as UTF-8"},
		{"byte order mark", SecretSource{File: file("bom", "\ufeffa\r\n")}, "a", ""},
		{"line end of Windows", SecretSource{File: file("crlf", " a \r\n")}, " a ", ""},
		{"largest", SecretSource{File: file("largest", strings.Repeat("a", maxSecretSize))}, strings.Repeat("a", maxSecretSize), ""},
		{"too large", SecretSource{File: file("large", strings.Repeat("a", maxSecretSize+1))}, "", "secret file " + dir + "/large is larger than 64 KiB"},
		{"empty", SecretSource{File: file("empty", "\n")}, "", "secret file " + dir + "/empty is empty"},
		{"missing", SecretSource{File: missing}, "", "secret file: open " + missing + ": no such file or directory"},
		{"folder", SecretSource{File: dir}, "", "secret file: read " + dir + ": is a directory"},
		{"none", SecretSource{}, "", "there is neither a secret nor a file for it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.source.Read()
			if got != tc.want {
				t.Errorf("got %d bytes, want %d", len(got), len(tc.want))
			}
			if (err == nil) != (tc.wantErr == "") || err != nil && err.Error() != tc.wantErr {
				t.Errorf("error %v, want %q", err, tc.wantErr)
			}
		})
	}
	rotated := SecretSource{File: file("rotated", "a")}
	for _, want := range []string{"old", "new"} {
		file("rotated", want)
		if got, err := rotated.Read(); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if _, err := (SecretSource{File: missing}).Read(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is not os.ErrNotExist", err)
	}
}
