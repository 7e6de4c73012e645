package storage

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/job"
)

const key1 = "selb\x00job-00001"

// value makes the value of a state.
func value(state string) string { return stateValue(noon.Unix(), state) }

// A file that was written today must be read for ever: the bytes of a record
// may change only together with its kind, or the version of the file.
func TestRecordGolden(t *testing.T) {
	state, err := encodeState(testState(1), noon)
	if err != nil {
		t.Fatal(err)
	}
	golden := readFile(t, filepath.Join("testdata", "record.golden"))
	equal(t, "record", string(appendRecord([]byte(fileHeader), record{key1, state})), string(golden))
	var got []record
	found, err := readJournal(bytes.NewReader(golden), func(r record) { got = append(got, r) })
	equal(t, "error", err, nil)
	equal(t, "contents", found, contents{records: 1, intact: int64(len(golden))})
	equal(t, "records", got, []record{{key1, state}})
	equal(t, "last use", lastUse(state), noon.Unix())
}

func TestTimesAreKeptToTheMillisecond(t *testing.T) {
	st := testState(1)
	st.Begin = time.Date(2026, 11, 21, 12, 0, 0, 123_999_999, time.FixedZone("CET", 3600))
	state, err := encodeState(st, noon)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := decodeState(state)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "begin", got.Begin, time.Date(2026, 11, 21, 11, 0, 0, 123e6, time.UTC))
}

func TestUsable(t *testing.T) {
	good := value(`{"project":"prod","status":"success"}`)
	for name, test := range map[string]struct {
		key, value string
		want       bool
	}{
		"good":                  {key1, good, true},
		"of an unknown kind":    {"rprod", "anything", true},
		"no state":              {key1, value(""), false},
		"half a last use":       {key1, good[:4], false},
		"no provider and no ID": {"s", good, false},
		"no ID":                 {"selb\x00", good, false},
		"no provider":           {"s\x00a", good, false},
		"long key":              {"selb\x00" + strings.Repeat("x", 2000), good, false},
	} {
		equal(t, name, usable(record{test.key, test.value}), test.want)
	}
}

func TestBadStates(t *testing.T) {
	for state, want := range map[string]string{
		`{`:                    "unexpected end of JSON input",
		`{"status":"running"}`: `status "running" is not a final one`,
		`{}`:                   `status "" is not a final one`,
		`{"status":"failed","failed_sub_jobs":-1}`: "-1 failed sub-jobs",
	} {
		if _, _, err := decodeState(value(state)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", state, err, want)
		}
	}
}

// FuzzState: whatever the value of a state is, it is refused or decoded as a
// final state, and that stays the same when it is stored and read again.
func FuzzState(f *testing.F) {
	state, err := encodeState(testState(1), noon)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key1, state)
	f.Add("scfw\x00a", value(`{"project":"p","status":"success","begin":0,"end":-62135596800000}`))
	f.Add("selb\x00b", value(`{"status":"canceled","last_success":9223372036854775807,"later":[{}]}`))
	f.Add("s", "")
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" || !isState(key) || !usable(record{key, value}) {
			return
		}
		st, of, err := decodeState(value)
		if err != nil {
			return
		}
		if !st.Final() {
			t.Fatalf("accepted, but %+v", st)
		}
		st.Job = &job.Job{Project: of.Project, APIVersion: of.APIVersion}
		again, err := encodeState(st, time.Unix(lastUse(value), 0))
		if err != nil || lastUse(again) != lastUse(value) {
			t.Fatal(again, err)
		}
		reread, _, err := decodeState(again)
		if reread.Job = st.Job; err != nil || !reflect.DeepEqual(reread, st) {
			t.Fatalf("%+v becomes %+v, %v", st, reread, err)
		}
	})
}
