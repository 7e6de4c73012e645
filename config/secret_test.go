package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/fixture"
)

const plainText = "hunter2"

func TestSecretsDoNotLeak(t *testing.T) {
	c := mustParse(t, project+`username: u, password: hunter2, domain_name: d, proxy_url: 'http://hunter2@proxy:1',
		proxy_connect_header: {a: [hunter2]}}
- {name: q, cloud: otc, region: eu-de, project_id: '1', access_key: a, secret_key: hunter2, security_token: hunter2,
   proxy_url: 'http://u:hunter2@proxy:1'}
- {name: r, cloud: otc, region: eu-de, project_id: '1', token: hunter2}`)
	c.Projects[0].TLS.Cert, c.Projects[0].TLS.Key = "c", secrets.New(plainText)
	secret := secrets.New(plainText)
	type unexported struct {
		secret  secrets.Text
		source  secrets.Source
		project *Project
		config  *Config
		value   Project
		list    []secrets.Text
		byName  map[string]secrets.Text
	}
	nested := unexported{
		secret,
		secrets.Source{Value: secret},
		&c.Projects[0], c, c.Projects[0],
		[]secrets.Text{secret},
		map[string]secrets.Text{"a": secret},
	}
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "source": secrets.Source{Value: secret}, "list": []secrets.Text{secret},
		"map": map[string]any{"a": secret}, "nested": nested, "nested pointer": &nested,
		"project": c.Projects[0], "project pointer": &c.Projects[1], "projects": c.Projects, "config": c, "config value": *c,
	} {
		for way, text := range fixture.Prints(t, v) {
			lower := strings.ToLower(text)
			if strings.Contains(lower, plainText) || strings.Contains(lower, fmt.Sprintf("%x", plainText)) {
				t.Errorf("%s by %s shows the secret: %s", name, way, text)
			}
		}
	}
}

func TestSecretsCompare(t *testing.T) {
	a := Project{Name: "p", SecretKey: secrets.Source{Value: secrets.New("a")}}
	same := Project{Name: "p", SecretKey: secrets.Source{Value: secrets.New("a")}}
	other := Project{Name: "p", SecretKey: secrets.Source{Value: secrets.New("b")}}
	if !reflect.DeepEqual(a, same) || reflect.DeepEqual(a, other) {
		t.Error("reflect.DeepEqual does not compare the values of secrets")
	}
}
