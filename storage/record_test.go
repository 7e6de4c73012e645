package storage

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/job"
)

// record makes a value with a right checksum.
func record(key, state string) []byte {
	return entry{used: noon.Unix(), state: state}.encode(key)
}

const key1 = "elb\x00job-00001"

// A file that was written today must be read for ever: the bytes of a record
// may change only together with a version.
func TestRecordGolden(t *testing.T) {
	state, err := encodeState(testState(1))
	if err != nil {
		t.Fatal(err)
	}
	golden := readFile(t, filepath.Join("testdata", "record.golden"))
	equal(t, "record", string(record(key1, state)), string(golden))
	e, err := decodeEntry(key1, golden)
	equal(t, "error", err, nil)
	equal(t, "entry", e, entry{used: noon.Unix(), state: state})
}

func TestTimesAreKeptToTheMillisecond(t *testing.T) {
	st := testState(1)
	st.Begin = time.Date(2026, 11, 21, 12, 0, 0, 123_999_999, time.FixedZone("CET", 3600))
	state, err := encodeState(st)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := entry{state: state}.decode()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "begin", got.Begin, time.Date(2026, 11, 21, 11, 0, 0, 123e6, time.UTC))
}

func TestBadRecords(t *testing.T) {
	good := record(key1, `{"project":"prod","status":"success"}`)
	if _, err := decodeEntry(key1, good); err != nil {
		t.Fatal(err)
	}
	changed := func(at int, b byte) []byte {
		value := []byte(string(good))
		value[at] = b
		return value
	}
	for name, test := range map[string]struct {
		key   string
		value []byte
		want  string
	}{
		"no value":        {key1, nil, "too short"},
		"half a value":    {key1, good[:stateAt-1], "too short"},
		"cut off":         {key1, good[:len(good)-1], "wrong checksum"},
		"another's":       {"elb\x00job-00002", good, "wrong checksum"},
		"another use":     {key1, changed(usedAt, 9), "wrong checksum"},
		"another version": {key1, changed(0, 2), "version 2"},
		"no key":          {"", good, "the key is not that of a job"},
		"no ID":           {"elb\x00", good, "the key is not that of a job"},
		"no provider":     {"\x00a", good, "the key is not that of a job"},
		"long key":        {"elb\x00" + strings.Repeat("x", 2000), good, "the key is not that of a job"},
		"no JSON":         {key1, record(key1, ""), "unexpected end of JSON input"},
		"not final":       {key1, record(key1, `{"status":"running"}`), `status "running" is not a final one`},
		"no status":       {key1, record(key1, `{}`), `status "" is not a final one`},
		"negative count":  {key1, record(key1, `{"status":"failed","failed_sub_jobs":-1}`), "-1 failed sub-jobs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeEntry(test.key, test.value)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// FuzzDecodeEntry: whatever stands in a record, it is refused or gives a final
// state, and that state stays the same when it is stored and read again.
func FuzzDecodeEntry(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "record.golden"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key1, golden)
	f.Add("cfw\x00a", record("cfw\x00a", `{"project":"p","status":"success","begin":0,"end":-62135596800000}`))
	f.Add("elb\x00b", record("elb\x00b", `{"status":"canceled","heard":9223372036854775807,"later":[{}]}`))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		check := func() bool {
			e, err := decodeEntry(key, value)
			if err != nil {
				return false
			}
			st, of, err := e.decode()
			if err != nil || !st.Final() {
				t.Fatalf("accepted, but %+v, %v", st, err)
			}
			st.Job = &job.Job{Project: of.Project, APIVersion: of.APIVersion}
			state, err := encodeState(st)
			if err != nil {
				t.Fatal(err)
			}
			e.state = state
			again, err := decodeEntry(key, e.encode(key))
			if err != nil || again != e {
				t.Fatalf("%+v becomes %+v, %v", e, again, err)
			}
			reread, _, err := again.decode()
			if reread.Job = st.Job; err != nil || !reflect.DeepEqual(reread, st) {
				t.Fatalf("%+v becomes %+v, %v", st, reread, err)
			}
			return true
		}
		if !check() && len(value) >= stateAt { // past the checksum, which no fuzzer guesses
			seal(key, value)
			check()
		}
	})
}
