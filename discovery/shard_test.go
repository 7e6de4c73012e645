package discovery

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestMaxJobsCountsTheJobsOfAllShards: together they watch what one exporter would, and
// each counts its part of that.
func TestMaxJobsCountsTheJobsOfAllShards(t *testing.T) {
	const n, most, shards = 50, 20, 3
	synctest.Test(t, func(t *testing.T) {
		var one string
		sum := 0
		for i := range shards {
			w := newWorld(t, entry(func(d *config.Discover) { d.MaxJobs = most }))
			w.shard = job.Shard{Index: i, Total: shards}
			for k := range n {
				w.add(fmt.Sprint("job-", k), "cloneListener", time.Duration(n-k)*time.Minute, simulator.ELBv3.Hangs())
			}
			found := w.list(t)
			if i == 0 {
				one = found
			}
			equal(t, "jobs before the poller takes its own", found, one)
			equal(t, "their number", len(strings.Fields(found)), most)
			own := 0
			for id := range strings.FieldsSeq(found) {
				if w.shard.Owns(job.Key{Provider: "elb", ID: id}) {
					own++
				}
			}
			equal(t, "cloudjob_exporter_discovered_jobs", int(testutil.ToFloat64(w.jobs)), own)
			sum += own
		}
		equal(t, "jobs of all shards", sum, most)
	})
}
