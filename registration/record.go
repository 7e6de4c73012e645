package registration

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
)

// record is what a store keeps of a registration, as JSON. Times are in milliseconds
// since 1970. Fields may be added; the meaning of these stays.
type record struct {
	Project    string `json:"project"`
	APIVersion string `json:"api_version,omitempty"`
	StuckAfter int64  `json:"stuck_after,omitempty"` // in milliseconds; 0 is what the configuration says
	Registered int64  `json:"registered"`            // when it was last asked for
	Found      bool   `json:"found,omitempty"`       // the cloud knew the job at least once
}

func (r *record) stuckAfter() time.Duration { return time.Duration(r.StuckAfter) * time.Millisecond }

func (r *record) registered() time.Time { return time.UnixMilli(r.Registered) }

func (r *record) encode() string {
	text, _ := json.Marshal(r) // which cannot fail for texts and numbers
	return string(text)
}

func decode(text string) (r record, err error) {
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, err
	}
	if r.Project == "" || r.StuckAfter < 0 || r.StuckAfter > maxStuckAfter.Milliseconds() {
		return r, errors.New("a field has a value that it cannot have")
	}
	return r, nil
}

// restore takes in what the store holds and is not known, if there can be any. A job
// that was found has been heard of for all that is known of the time since.
func (s *Set) restore() {
	if s.store == nil || s.store.Merges() == s.merges {
		return
	}
	restored, bad, foreign := 0, 0, 0
	s.mu.Lock()
	s.merges = s.store.Merges()
	for k, text := range s.store.Registrations {
		if s.entries[k] != nil {
			continue
		}
		r, err := decode(text)
		if err != nil {
			bad++
			s.store.SetRegistration(k, "")
			continue
		}
		r.Registered = min(r.Registered, time.Now().UnixMilli()) // a clock may have been wrong
		e := &entry{record: r, since: r.registered()}
		if r.Found {
			e.since = time.Now()
		}
		s.entries[k] = e
		s.pending[k] = struct{}{}
		restored++
		if !s.poller.Shard().Owns(k) {
			foreign++
		}
	}
	s.mu.Unlock()
	if bad > 0 {
		_ = level.Error(s.logger).Log("msg", "dropped stored registrations that cannot be decoded", "registrations", bad)
	}
	if restored > 0 {
		_ = level.Info(s.logger).Log("msg", "registrations restored", "jobs", restored)
	}
	if foreign > 0 {
		_ = level.Warn(s.logger).Log("msg", "restored registrations not watched, the jobs belong to other shards; register them there", "jobs", foreign)
	}
}

// save puts an entry into the store, or takes it out if it is nil. The lock is held,
// so that the store gets changes in order.
func (s *Set) save(k job.Key, e *entry) (written wait) {
	if s.store == nil {
		return func(context.Context) error { return nil }
	}
	text := ""
	if e != nil {
		text = e.encode()
	}
	return s.store.SetRegistration(k, text)
}

// wait waits until something is on the disk.
type wait func(context.Context) error

// patiently waits, but not without end. What is wrong is reported by the store.
func (w wait) patiently(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = w(ctx)
}
