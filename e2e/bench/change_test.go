package main

import "testing"

func TestMeasureChangesEnds(t *testing.T) {
	c := measureChanges(20, 2)
	for what, a := range map[string]Added{"file": c.File, "listing": c.Listing} {
		if a.Until <= 0 || a.Until > patience || a.CPU <= 0 {
			t.Errorf("a %s took %+v", what, a)
		}
	}
	if c.Jobs != 20 || c.Lock <= 0 {
		t.Errorf("got %+v", c)
	}
}

func TestMeasureLoadReadsAllFiles(t *testing.T) {
	const jobs = perFile + 1
	if l := measureLoad(jobs); l.Jobs != jobs || l.Ours <= 0 || l.Plain <= 0 || l.Live < 100*jobs {
		t.Errorf("got %+v", l)
	}
}
