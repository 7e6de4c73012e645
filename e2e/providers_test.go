//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// unnamed ends the IDs of jobs that only a list shows.
const unnamed = "-listed"

const otherProjectID = "1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f"

// family is one configuration that has every provider, in a project that logs in and in
// one that signs: jobs that are named, and jobs that only a list shows.
type family struct {
	*stack
	jobs, discover strings.Builder
	want           map[string]string // statuses, as of statuses
}

// endpoints returns that of every service, below the cloud's address.
func (s *stack) endpoints() string {
	all := map[string]string{"iam": s.cloudURL + "/v3"}
	for _, p := range provider.Schema() {
		all[p.Name] = s.cloudURL + "/" + p.Name
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+": "+all[name])
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// watch adds jobs of one API in one project: one for each status that every API has, one
// that the cloud does not know, and if there is a list, one that nobody names.
func (f *family) watch(api simulator.API, project, id string, lists bool) {
	name, version, versioned := strings.Cut(string(api), "/")
	if versioned {
		version = ", api_version: " + version
	}
	prefix := strings.ReplaceAll(string(api), "/", "-") + "-" + project
	var ids []string
	for status, plan := range map[string]simulator.Plan{
		"running": api.Hangs(), "success": api.Succeeds(time.Minute), "failed": api.Fails(time.Minute), "unknown": nil,
	} {
		job := prefix + "-" + status
		if plan != nil {
			f.add(api, id, job, plan)
		}
		ids = append(ids, job)
		f.want[name+" "+job] = status
	}
	fmt.Fprintf(&f.jobs, "  - {provider: %s%s, project: %s, ids: [%s]}\n", name, version, project, strings.Join(ids, ", "))
	if lists {
		f.add(api, id, prefix+unnamed, api.Hangs())
		fmt.Fprintf(&f.discover, "  - {provider: %s%s, project: %s}\n", name, version, project)
		f.want[name+" "+prefix+unnamed] = "running"
	}
}

func (f *family) add(api simulator.API, projectID, id string, plan simulator.Plan) {
	begin := time.Now().Add(-time.Hour)
	if api == simulator.CFW {
		f.cloud.AddFirewall(simulator.Firewall{ProjectID: projectID, ID: id, Created: begin, Plan: plan})
		return
	}
	f.cloud.AddJob(simulator.Job{API: api, ProjectID: projectID, ID: id, Type: "create", Begin: begin, Plan: plan})
}

// TestEveryProvider: one configuration has them all, and one scrape the statuses of all
// jobs that it names.
func TestEveryProvider(t *testing.T) {
	t.Parallel()
	f := &family{stack: newStack(t, intervals{}), want: map[string]string{}}
	f.cloud.SetProject(simulator.Project{ID: otherProjectID, Name: "eu-de_signed"})
	f.cloud.SetKey(simulator.Key{Access: "AK1", Secret: "secret-key-1", Projects: []string{otherProjectID}})
	for _, p := range provider.Schema() {
		for _, version := range slices.Sorted(maps.Keys(p.Statuses)) {
			api := simulator.API(strings.TrimSuffix(p.Name+"/"+version, "/"))
			lists := slices.Contains(p.Discover, version)
			f.watch(api, "by-token", projectID, lists)
			f.watch(api, "by-key", otherProjectID, lists)
		}
	}
	configuration := writeFile(t, f.path("cloudjob.yml"), fmt.Sprintf(`
poll: {interval: 1s, rate_limit: 0, concurrency: 50}
projects:
  - {name: by-token, project_id: %s, endpoints: %[3]s, username: reader, password: pass-word, domain_name: OTC}
  - {name: by-key, project_id: %[2]s, endpoints: %[3]s, access_key: AK1, secret_key: secret-key-1}
jobs:
%[4]sdiscover:
%[5]s`, projectID, otherProjectID, f.endpoints(), &f.jobs, &f.discover))
	if output, err := exec.CommandContext(t.Context(), exporterPath, "--config.check", "--config.file="+configuration).CombinedOutput(); err != nil {
		t.Fatalf("--config.check: %v\n%s", err, output)
	}
	p := process.Launch(t, exporterPath, "--config.file="+configuration)
	body, err := p.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range f.wrong(body) {
		if !strings.Contains(wrong, unnamed+" ") {
			t.Errorf("at the first scrape, %s", wrong)
		}
	}
	process.Eventually(t, "the jobs that only lists show", func() error {
		body, err := p.Get("/metrics")
		if wrong := f.wrong(body); err == nil && len(wrong) > 0 {
			err = errors.New(strings.Join(wrong, "\n"))
		}
		return err
	})
}

// wrong returns what a scrape shows otherwise than it is.
func (f *family) wrong(metrics string) (all []string) {
	got := statuses(metrics)
	for job, want := range f.want {
		if got[job] != want {
			all = append(all, fmt.Sprintf("%s is %q, not %q", job, got[job], want))
		}
		delete(got, job)
	}
	for job, status := range got {
		all = append(all, fmt.Sprintf("%s is %q, and not watched", job, status))
	}
	slices.Sort(all)
	return all
}
