package storage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"cloudjob_exporter/job"
)

// A record is stored under the job's provider and ID with a zero byte between
// them. Its value is
//
//	1 byte   version of the record
//	4 bytes  CRC-32C of the key and of all that follows, big-endian
//	8 bytes  last use, seconds since 1970, big-endian
//	the rest the state, in JSON
//
// Fields may be added to the JSON without a new version.
const (
	recordVersion = 1
	sumAt         = 1
	usedAt        = sumAt + 4
	stateAt       = usedAt + 8
)

// maxKey is far above what a job ID may have, and far below what bbolt takes.
const maxKey = 1024

// keyOf gives the key of a job's record; ok only if it can be one.
func keyOf(k job.Key) (key string, ok bool) {
	key = k.Provider + "\x00" + k.ID
	return key, validKey(key)
}

func validKey(key string) bool {
	provider, id, ok := strings.Cut(key, "\x00")
	return ok && provider != "" && id != "" && len(key) <= maxKey
}

// entry is a record in memory.
type entry struct {
	used  int64  // last use, seconds since 1970
	state string // as JSON: a third of the size of a job.State
}

// encode gives the value of an entry's record.
func (e entry) encode(key string) []byte {
	value := make([]byte, stateAt, stateAt+len(e.state))
	value[0] = recordVersion
	binary.BigEndian.PutUint64(value[usedAt:], uint64(e.used))
	value = append(value, e.state...)
	seal(key, value)
	return value
}

func seal(key string, value []byte) {
	binary.BigEndian.PutUint32(value[sumAt:], checksum(key, value))
}

func checksum(key string, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum([]byte(key), table), table, value[usedAt:])
}

// decodeEntry is the inverse of encode. What it accepts has a state that can be
// decoded.
func decodeEntry(key string, value []byte) (entry, error) {
	switch {
	case !validKey(key):
		return entry{}, errors.New("the key is not that of a job")
	case len(value) < stateAt:
		return entry{}, errors.New("too short")
	case value[0] != recordVersion:
		return entry{}, fmt.Errorf("version %d", value[0])
	case binary.BigEndian.Uint32(value[sumAt:]) != checksum(key, value):
		return entry{}, errors.New("wrong checksum")
	}
	e := entry{used: int64(binary.BigEndian.Uint64(value[usedAt:])), state: string(value[stateAt:])}
	_, _, err := e.decode()
	return e, err
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
	Heard           *int64 `json:"heard,omitempty"`
	FirstUnfinished *int64 `json:"first_unfinished,omitempty"`
	FailedSubJobs   int    `json:"failed_sub_jobs,omitempty"`
}

// encodeState gives a state as JSON.
func encodeState(st *job.State) (string, error) {
	data, err := json.Marshal(stored{
		Project: st.Project, APIVersion: st.APIVersion, Status: st.Report.Status.String(),
		Type: st.Type, ErrorCode: st.ErrorCode, FailReason: st.FailReason,
		Begin: millis(st.Begin), End: millis(st.End),
		Heard: millis(st.Heard), FirstUnfinished: millis(st.FirstUnfinished),
		FailedSubJobs: st.FailedSubJobs,
	})
	return string(data), err
}

// decode gives the state of an entry, still without its job, and what of the
// job it was stored for.
func (e entry) decode() (st *job.State, of stored, err error) {
	if err := json.Unmarshal([]byte(e.state), &of); err != nil {
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
		Heard: fromMillis(of.Heard), FirstUnfinished: fromMillis(of.FirstUnfinished),
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
