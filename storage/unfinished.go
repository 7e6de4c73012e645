package storage

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
)

// That a job was seen unfinished is a record of its own, of which the value is the last
// use and the time of the first answer that said so, in 8 bytes each, then the project, a
// zero byte and the API version. It goes when the final state of the job comes.

const unfinishedAt = stateAt + 8

func unfinishedKey(k job.Key) (key string, ok bool) { return keyOf(kindUnfinished, k) }

func isUnfinished(key string) bool { return key[0] == kindUnfinished }

// place returns what a job must have in common with one that was seen unfinished, to be
// the same.
func place(j *job.Job) string { return j.Project + "\x00" + j.APIVersion }

func unfinishedValue(first time.Time, j *job.Job, now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(first.UnixMilli()))
	return string(append(b, place(j)...))
}

// usableUnfinished reports whether a value is that of a job that was seen unfinished.
func usableUnfinished(value string) bool {
	return len(value) > unfinishedAt && strings.Count(value[unfinishedAt:], "\x00") == 1
}

// loadUnfinished returns a state in which nothing counts but when the job was first seen
// unfinished. To ask counts as use.
func (s *Store) loadUnfinished(j *job.Job) (st *job.State, ok bool) {
	key, ok := unfinishedKey(j.Key)
	if !ok {
		return nil, false
	}
	s.mu.Lock()
	value, ok := s.entries[key]
	s.mu.Unlock()
	if !ok || value[unfinishedAt:] != place(j) {
		return nil, false
	}
	s.use(key, time.Now())
	ms := int64(binary.BigEndian.Uint64([]byte(value[stateAt:unfinishedAt])))
	return &job.State{Job: j, FirstUnfinished: time.UnixMilli(ms).UTC()}, true
}

// putUnfinished remembers when a job was first seen unfinished.
func (s *Store) putUnfinished(st *job.State) {
	key, ok := unfinishedKey(st.Key)
	if !ok || st.FirstUnfinished.IsZero() {
		return
	}
	value := unfinishedValue(st.FirstUnfinished, st.Job, time.Now())
	if (record{key, value}).size() > maxRecord {
		return // no configuration has such a project
	}
	s.mu.Lock()
	s.set(key, value)
	s.mu.Unlock()
	poke(s.wake)
}

// end forgets under the lock that a job was seen unfinished, which is over now.
func (s *Store) end(j *job.Job) {
	key, ok := unfinishedKey(j.Key)
	if !ok {
		return
	}
	if value, ok := s.entries[key]; ok && value[unfinishedAt:] == place(j) {
		s.set(key, "")
	}
}

// Own sets the shard of the jobs that are watched. That others were seen unfinished is
// forgotten, also in what a disk that could not be read before turns out to hold: such a
// job may end, and be counted, where it is watched now, and be watched here again.
func (s *Store) Own(shard job.Shard) {
	s.mu.Lock()
	s.shard = shard
	s.mu.Unlock()
	if shard.Count() == 1 {
		return
	}
	dropped := 0
	for r := range s.all {
		if s.foreign(r.key) && s.drop(r) {
			dropped++
		}
	}
	if dropped > 0 {
		_ = level.Info(s.logger).Log("msg", "forgot unfinished jobs of other shards", "jobs", dropped)
		poke(s.wake)
	}
}

// foreign reports whether a record is that a job of another shard was seen unfinished.
func (s *Store) foreign(key string) bool {
	if !isUnfinished(key) {
		return false
	}
	k, _ := jobOf(key)
	return !s.shard.Owns(k)
}
