package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// shards is a number of shards.
type shards int

func (s *shards) String() string { return strconv.Itoa(int(*s)) }

// Set takes whole numbers from 1.
func (s *shards) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return errors.New("must be a whole number, 1 or more")
	}
	*s = shards(n)
	return nil
}

// addShardFlags declares the flags that divide the jobs among exporters.
func addShardFlags(app *kingpin.Application, s *job.Shard) {
	app.Flag("shard", "The instance's shard nominal (zero indexed) within the total number of shards.").
		Default("0").SetValue((*count)(&s.Index))
	app.Flag("total-shards", "The total number of shards. Sharding is disabled when total shards is set to 1.").
		Default("1").SetValue((*shards)(&s.Total))
}

// checkShard refuses a shard that does not exist, and one that something was to give and
// did not: a pod without the label that has its index must not watch shard 0.
func (f *Flags) checkShard(app *kingpin.Application) error {
	flag := app.GetFlag("shard").Model()
	given := givenBy(app, "shard")
	value, empty := os.LookupEnv(flag.Envar)
	empty = empty && value == "" && given == ""
	switch {
	case f.Shard.Index >= f.Shard.Total:
		return fmt.Errorf("%s=%d: must be less than --total-shards, which is %d: shards are numbered from 0", given, f.Shard.Index, f.Shard.Total)
	case f.Shard.Total > 1 && empty:
		return fmt.Errorf("%s is empty, but must be a number from 0 to %d, as --total-shards is %d", flag.Envar, f.Shard.Total-1, f.Shard.Total)
	}
	return nil
}

// NewShardInfo returns a metric that says which shard an exporter is.
func NewShardInfo(s job.Shard) prometheus.Collector {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cloudjob_exporter_shard_info",
		Help: "Index of the shard whose jobs this exporter watches, and number of shards; always 1.",
		ConstLabels: prometheus.Labels{
			"shard":        strconv.Itoa(s.Index),
			"total_shards": strconv.Itoa(s.Count()),
		},
	})
	info.Set(1)
	return info
}

// LogShard logs that only a part of the jobs is watched, if so.
func (f *Flags) LogShard(logger log.Logger) {
	if f.Shard.Count() > 1 {
		_ = level.Info(logger).Log("msg", "watching one shard of the jobs", "shard", f.Shard.Index, "total_shards", f.Shard.Total)
	}
}
