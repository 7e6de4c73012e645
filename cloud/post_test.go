package cloud

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestPost lists firewalls: the simulated cloud checks the signature, which covers the
// body, and that the body is there.
func TestPost(t *testing.T) {
	for name, auth := range map[string]func(*config.Project){
		"access key": withKey(secret("secret-key")),
		"password":   withPassword("pass-word"),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			c.AddFirewall(simulator.Firewall{ProjectID: testProject, ID: testJob, Created: time.Now().Add(-time.Minute), Plan: simulator.CFW.Hangs()})
			client := newClient(t, c, auth)
			var answer struct {
				Data struct{ Total int }
			}
			read := func(body []byte) error { return json.Unmarshal(body, &answer) }
			const path = "/v1/" + testProject + "/firewalls/list"
			if err := client.Post(t.Context(), "cfw", path, []byte(`{"limit":10,"offset":0}`), read); err != nil || answer.Data.Total != 1 {
				t.Errorf("got %+v, %v", answer, err)
			}
			err := client.Post(t.Context(), "cfw", path, []byte(`{}`), read)
			if e, ok := errors.AsType[*Error](err); !ok || e.Reason != job.BadResponse {
				t.Errorf("a body without what is mandatory gives %v", err)
			}
		})
	}
}

func TestABodyIsSentAgainAfterANewLogin(t *testing.T) {
	c := newCloud(t, simulator.Options{})
	client := newClient(t, c, withPassword("pass-word"))
	c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Status: 401, Body: []byte(`{"error_code":"APIG.0301"}`), Times: 1})
	read := func([]byte) error { return nil }
	if err := client.Post(t.Context(), "cfw", "/v1/"+testProject+"/firewalls/list", []byte(`{"limit":10,"offset":0}`), read); err != nil {
		t.Error(err)
	}
	if n := c.Calls(simulator.ServiceCFW); n != 2 {
		t.Errorf("%d calls", n)
	}
}
