package job

import "testing"

func TestTruncate(t *testing.T) {
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…", "äöü": "äöü", "äöüß": "äöü…"} {
		if got := Truncate(text, 3); got != want {
			t.Errorf("%q is cut to %q, want %q", text, got, want)
		}
	}
}

func TestMeanings(t *testing.T) {
	for _, r := range Reasons() {
		if r.Meaning() == "" {
			t.Errorf("nobody knows what %s means", r)
		}
	}
}

func TestStatusesAreComplete(t *testing.T) {
	all := Statuses()
	seen := map[Status]bool{}
	for i, s := range all {
		seen[s] = true
		if i > 0 && all[i-1].Final() && !s.Final() {
			t.Errorf("%s comes after %s", s, all[i-1])
		}
	}
	if len(seen) != len(statusNames) {
		t.Errorf("%d statuses of %d", len(seen), len(statusNames))
	}
}
