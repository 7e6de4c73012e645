package storage

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cloudjob_exporter/job"
)

// The first byte of a key is its kind.
const (
	kindState      = 's'
	kindUnfinished = 'f'
)

// The value of a state is its last use, in 8 bytes, and the state in JSON. It is
// kept like that in memory, too, where it takes a third of a job.State.
const stateAt = 8

// maxKey is far above what provider and job ID may have.
const maxKey = 1024

// stateKey returns the key of a job's final state; ok only if it can be one.
func stateKey(k job.Key) (key string, ok bool) { return keyOf(kindState, k) }

// keyOf returns the key of what is kept of a job.
func keyOf(kind byte, k job.Key) (key string, ok bool) {
	key = string(kind) + k.Provider + "\x00" + k.ID
	return key, validJobKey(key)
}

// jobOf returns the job of a key that keyOf has made.
func jobOf(key string) (k job.Key, ok bool) {
	k.Provider, k.ID, ok = strings.Cut(key[1:], "\x00")
	return k, ok
}

func validJobKey(key string) bool {
	provider, id, ok := strings.Cut(key, "\x00")
	return ok && len(provider) > 1 && id != "" && len(key) <= maxKey
}

func isState(key string) bool { return key[0] == kindState }

// isOfJob reports whether a record is about a job: then its value begins with the last use.
func isOfJob(key string) bool { return isState(key) || isUnfinished(key) }

// lastUse returns when the job of a record was last in use, in seconds since 1970.
func lastUse(value string) int64 {
	return int64(binary.BigEndian.Uint64([]byte(value[:stateAt])))
}

// stateValue returns the value of a state that is given as JSON.
func stateValue(lastUse int64, state string) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(lastUse))) + state
}

// withLastUse returns the value of a record about a job with another last use.
func withLastUse(value string, lastUse int64) string {
	return stateValue(lastUse, value[stateAt:])
}

// usable reports whether a record has what its kind asks for; whether the state
// in it can be decoded shows when it is needed. Records of an unknown kind, which
// a newer version has written, are kept as they are.
func usable(r record) bool {
	switch {
	case isState(r.key):
		return validJobKey(r.key) && len(r.value) > stateAt
	case isUnfinished(r.key):
		return validJobKey(r.key) && usableUnfinished(r.value)
	}
	return true
}

// stored is a final state as JSON. Times are in milliseconds since 1970, and
// absent where the state has none.
type stored struct {
	Project         string `json:"project"`
	APIVersion      string `json:"api_version,omitempty"`
	Status          string `json:"status"`
	Type            string `json:"job_type,omitempty"`
	ErrorCode       string `json:"error_code,omitempty"`
	FailReason      string `json:"fail_reason,omitempty"`
	Begin           *int64 `json:"begin,omitempty"`
	End             *int64 `json:"end,omitempty"`
	LastSuccess     *int64 `json:"last_success,omitempty"`
	FirstUnfinished *int64 `json:"first_unfinished,omitempty"`
	FailedSubJobs   int    `json:"failed_sub_jobs,omitempty"`
	Shown           bool   `json:"shown,omitempty"`
}

// encodeState returns the value of a state that is in use now.
func encodeState(st *job.State, now time.Time) (string, error) {
	data, err := json.Marshal(stored{
		Project: st.Project, APIVersion: st.APIVersion, Status: st.Report.Status.String(),
		Type: st.Type, ErrorCode: st.ErrorCode, FailReason: st.FailReason,
		Begin: millis(st.Begin), End: millis(st.End),
		LastSuccess: millis(st.LastSuccess), FirstUnfinished: millis(st.FirstUnfinished),
		FailedSubJobs: st.FailedSubJobs, Shown: st.Shown,
	})
	return stateValue(now.Unix(), string(data)), err
}

// decodeState returns the state of a value, still without its job, and what it
// says about the job.
func decodeState(value string) (st *job.State, of stored, err error) {
	if err := json.Unmarshal([]byte(value[stateAt:]), &of); err != nil {
		return nil, of, err
	}
	status, ok := job.ParseStatus(of.Status)
	if !ok || !status.Final() {
		return nil, of, fmt.Errorf("status %q is not a final one", of.Status)
	}
	if of.FailedSubJobs < 0 {
		return nil, of, fmt.Errorf("%d failed sub-jobs", of.FailedSubJobs)
	}
	return &job.State{
		Report: job.Report{
			Status: status, Type: of.Type, ErrorCode: of.ErrorCode, FailReason: of.FailReason,
			Begin: fromMillis(of.Begin), End: fromMillis(of.End), FailedSubJobs: of.FailedSubJobs,
		},
		LastSuccess: fromMillis(of.LastSuccess), FirstUnfinished: fromMillis(of.FirstUnfinished), Shown: of.Shown,
	}, of, nil
}

func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func fromMillis(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}
