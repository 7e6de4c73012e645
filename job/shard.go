package job

import "github.com/cespare/xxhash/v2"

// Shard is the part of all jobs that one of several exporters watches. The zero value is
// the only shard of one, which has every job.
type Shard struct {
	Index int // from 0
	Total int // shards, this one included
}

// Count returns the number of shards, which is at least 1.
func (s Shard) Count() int { return max(s.Total, 1) }

// Owns reports whether a job is one of this shard.
func (s Shard) Owns(k Key) bool { return s.Count() == 1 || s.Of(k) == s.Index }

// Of returns the index of the shard that a job belongs to. It depends on nothing but the
// key and the number of shards, so that all exporters agree, of whatever version: a
// change of it moves jobs between exporters that are upgraded one by one.
func (s Shard) Of(k Key) int {
	return jumpHash(xxhash.Sum64String(k.Provider+"/"+k.ID), s.Count())
}

// Part returns what this shard may use of a limit for all of them.
func (s Shard) Part(limit float64) float64 { return limit / float64(s.Count()) }

// jumpHash returns which of n buckets a hash falls into. One bucket more takes one in n+1
// from each of the others, and moves nothing else. n is at most 1<<31. It is the function
// of Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014.
func jumpHash(hash uint64, n int) int {
	bucket, next := int64(0), int64(0)
	for next < int64(n) {
		bucket = next
		hash = hash*2862933555777941757 + 1
		next = int64(float64(bucket+1) * (float64(1<<31) / float64(hash>>33+1)))
	}
	return int(bucket)
}
