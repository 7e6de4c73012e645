package storage

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"cloudjob_exporter/job"
)

// TestUnfinishedJobsOfOtherShardsAreForgotten: final states stay, until nothing has used
// them for long.
func TestUnfinishedJobsOfOtherShardsAreForgotten(t *testing.T) {
	const n = 100
	shard := job.Shard{Index: 1, Total: 3}
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	s.Own(job.Shard{Total: 1})
	own := 0
	for i := range n {
		s.Put(unfinishedState(i))
		if shard.Owns(testJob(i).Key) {
			own++
		}
	}
	for i := range n {
		s.Put(testState(n + i))
	}
	s = s.restart(t)
	s.Own(job.Shard{Total: 1})
	equal(t, "unfinished jobs of the only shard", s.unfinishedRecords(), n)
	s = s.restart(t)
	s.Own(shard)
	s.hasLine(t, `level=info path=`+path+` msg="forgot unfinished jobs of other shards" jobs=`+strconv.Itoa(n-own))
	for range 2 {
		equal(t, "unfinished jobs of one shard", s.unfinishedRecords(), own)
		equal(t, "final states", s.count(), n)
		s = s.restart(t)
	}
	for i := range n {
		if _, ok := s.Load(testJob(i)); ok != shard.Owns(testJob(i).Key) {
			t.Errorf("%s is stored: %t", testJob(i).ID, ok)
		}
	}
}

// TestADiskThatIsBackHoldsNoUnfinishedJobsOfOtherShards: what it holds is merged with what
// is known.
func TestADiskThatIsBackHoldsNoUnfinishedJobsOfOtherShards(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "jobs.db"), os.OpenFile)
	shard := job.Shard{Index: 0, Total: 2}
	s.Own(shard)
	stored := map[string]string{}
	for i := range 20 {
		key, _ := unfinishedKey(testJob(i).Key)
		stored[key] = unfinishedValue(noon, testJob(i), time.Now())
	}
	s.merge(stored)
	for i := range 20 {
		if _, ok := s.Load(testJob(i)); ok != shard.Owns(testJob(i).Key) {
			t.Errorf("%s is known: %t", testJob(i).ID, ok)
		}
	}
}
