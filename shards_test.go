package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

const shards = 3

// launchShards starts an exporter for each shard, each with a storage of its own.
func launchShards(t *testing.T, w *world, flags ...string) []*process {
	t.Helper()
	var all []*process
	for i := range shards {
		own := []string{fmt.Sprint("--shard=", i), fmt.Sprint("--total-shards=", shards), "--storage.path=" + w.path(fmt.Sprintf("jobs-%d.db", i))}
		all = append(all, launch(t, append(own, flags...)...))
	}
	return all
}

var (
	statusOf    = regexp.MustCompile(`(?m)^job_up\{job_id="([^"]+)",provider="([^"]+)"\} 1$`)
	elbRequests = regexp.MustCompile(`(?m)^cloudjob_exporter_api_requests_total\{code="200",project="prod",provider="elb"\} (\d+)$`)
)

// TestThreeShardsDivideTheJobs: of the configuration, a job file, a listing, and
// registrations. What they count of them adds up.
func TestThreeShardsDivideTheJobs(t *testing.T) {
	const each = 30
	w := newWorld(t)
	named := func(source string) string {
		var ids []string
		for i := range each {
			ids = append(ids, fmt.Sprintf("%s-%d", source, i))
			w.job(simulator.CFW, ids[i], simulator.CFW.Hangs())
		}
		return strings.Join(ids, ", ")
	}
	w.write(t, "more.yml", fmt.Sprintf("- {provider: cfw, project: prod, ids: [%s]}\n", named("file")))
	for i := range each {
		w.job(simulator.ELBv3, fmt.Sprintf("listed-%d", i), simulator.ELBv3.Hangs())
	}
	_ = named("registered")
	all := launchShards(t, w, "--web.enable-registration", w.configure(t, fmt.Sprintf(`
poll: {rate_limit: 0, interval: 1s}
jobs:
  - {provider: cfw, project: prod, ids: [%s]}
job_files: [more.yml]
discover:
  - {provider: elb, project: prod, api_version: v3}
`, named("configured"))))

	for i := range each {
		id := fmt.Sprintf("registered-%d", i)
		right := (job.Shard{Total: shards}).Of(job.Key{Provider: "cfw", ID: id})
		for at, p := range all {
			status, body, err := p.request("PUT", "/api/v1/jobs/cfw/prod/"+id, "")
			if at == right {
				if err != nil || status != 201 {
					t.Errorf("shard %d: %d, %v: %s", at, status, err, body)
				}
				continue
			}
			want := fmt.Sprintf(`{"error":"Job %s belongs to shard %d of 3, and this is shard %d."}`+"\n", id, right, at)
			if err != nil || status != 421 || body != want {
				t.Errorf("shard %d: got %d, %v: %s, want 421: %s", at, status, err, body, want)
			}
		}
	}

	shown := map[job.Key]int{}
	sums := map[string]int{}
	for at, p := range all {
		p.await(fmt.Sprintf(`cloudjob_exporter_shard_info{shard="%d",total_shards="3"} 1`, at))
		contains(t, p.log(), fmt.Sprintf(`msg="watching one shard of the jobs" shard=%d total_shards=3`, at))
		metrics := p.awaitSum(t, `job_status\{[^}]*status="unknown"\}`, 0)
		for _, m := range statusOf.FindAllStringSubmatch(metrics, -1) {
			k := job.Key{Provider: m[2], ID: m[1]}
			shown[k]++
			if !(job.Shard{Index: at, Total: shards}).Owns(k) {
				t.Errorf("shard %d shows %v", at, k)
			}
		}
		for _, name := range []string{"cloudjob_exporter_jobs", "cloudjob_exporter_discovered_jobs", "cloudjob_exporter_registered_jobs"} {
			sums[name] += sum(t, metrics, name+`\{[^}]*\}`)
		}
	}
	if len(shown) != 4*each {
		t.Errorf("%d jobs are shown, want %d", len(shown), 4*each)
	}
	for k, by := range shown {
		if by != 1 {
			t.Errorf("%v is shown by %d shards", k, by)
		}
	}
	for name, want := range map[string]int{
		"cloudjob_exporter_jobs": 4 * each, "cloudjob_exporter_discovered_jobs": each, "cloudjob_exporter_registered_jobs": each,
	} {
		if sums[name] != want {
			t.Errorf("the shards' %s are %d, want %d", name, sums[name], want)
		}
	}

	for at, p := range all {
		contains(t, p.get("/probe?provider=cfw&project=prod&job_id=configured-0"), `job_status{job_id="configured-0",provider="cfw",status="running"} 1`)
		if own := (job.Shard{Index: at, Total: shards}).Owns(job.Key{Provider: "cfw", ID: "configured-0"}); own != strings.Contains(p.get("/metrics"), `job_id="configured-0"`) {
			t.Errorf("after a probe shard %d shows configured-0: %t", at, !own)
		}
	}
}

// awaitSum scrapes until the sum of the samples that match is this.
func (p *process) awaitSum(t *testing.T, series string, want int) (metrics string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(50 * time.Millisecond) {
		metrics = p.get("/metrics")
		got := sum(t, metrics, series)
		if got == want {
			return metrics
		}
		if time.Now().After(deadline) {
			t.Fatalf("the sum of %s is %d, want %d\n%s", series, got, want, p.log())
		}
	}
}

// sum adds up the samples whose series match.
func sum(t *testing.T, metrics, series string) (n int) {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+series+` (\d+)$`).FindAllStringSubmatch(metrics, -1)
	if len(found) == 0 {
		t.Fatalf("no series matches %s in\n%s", series, metrics)
	}
	for _, m := range found {
		v, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		n += v
	}
	return n
}

// TestShardsShareTheRateLimit: each makes no more than a third of the calls that one
// exporter may make.
func TestShardsShareTheRateLimit(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 90 {
		ids = append(ids, fmt.Sprintf("job-%d", i))
		w.job(simulator.ELBv1, ids[i], simulator.ELBv1.Hangs())
	}
	all := launchShards(t, w, w.configure(t, fmt.Sprintf(`
poll: {rate_limit: 12}
jobs:
  - {provider: elb, project: prod, ids: [%s]}
`, strings.Join(ids, ", "))))
	for at, p := range all {
		began := time.Now() // nothing is asked for before the first scrape
		var metrics string
		for range 2 {
			status, body, err := p.request("GET", "/metrics", "2")
			if err != nil || status != 200 {
				t.Fatalf("%d, %v: %s", status, err, body)
			}
			metrics = body
		}
		m := elbRequests.FindStringSubmatch(metrics)
		if m == nil {
			t.Fatalf("shard %d asked for nothing\n%s", at, p.log())
		}
		calls, err := strconv.Atoi(m[1])
		most := 1 + int(time.Since(began).Seconds()*12/shards)
		if err != nil || calls < 2 || calls > most {
			t.Errorf("shard %d made %s calls, want from 2 to %d", at, m[1], most)
		}
	}
}

// TestAShardThatDoesNotExist is refused before anything else.
func TestAShardThatDoesNotExist(t *testing.T) {
	for args, want := range map[string]string{
		"--shard=3 --total-shards=3": "cloudjob_exporter: error: --shard=3: must be less than --total-shards, which is 3: shards are numbered from 0\n",
		"--shard=-1":                 "cloudjob_exporter: error: --shard=\"-1\": must be a whole number, 0 or more\n",
	} {
		if code, output := exits(t, strings.Fields(args)...); code != 1 || output != want {
			t.Errorf("%s: got %d: %s", args, code, output)
		}
	}
}
