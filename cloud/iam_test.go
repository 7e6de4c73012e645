package cloud

import (
	"context"
	"errors"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestTheLibraryRefusesToLogIn has a login that gophercloud refuses to send.
func TestTheLibraryRefusesToLogIn(t *testing.T) {
	c := newCloud(t, simulator.Options{})
	client := newClient(t, c, func(p *config.Project) {
		withPassword("pass-word")(p)
		p.DomainName = ""
	})
	e := want(t, get(client), job.Auth)
	if e.Service != serviceIAM || e.StatusCode != 0 || c.Calls(simulator.ServiceIAM) != 0 {
		t.Errorf("got %v", e)
	}
	leaks(t, []any{e}, "pass-word")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	client = newClient(t, c, withPassword("pass-word"))
	if _, err := bodyOf(client, ctx, "cfw"); !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up gets %v", err)
	}
}
