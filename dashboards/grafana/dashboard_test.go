package grafana

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestLayoutWraps(t *testing.T) {
	panel := func(w, h int) Panel { return Panel{Kind: Stat, Width: w, Height: h} }
	got := layout([]Row{
		{Title: "first", Panels: []Panel{panel(12, 4), panel(8, 6), panel(12, 3)}},
		{Title: "second", Panels: []Panel{panel(24, 2)}},
	})
	want := []position{
		{0, 0, 24, 1},
		{0, 1, 12, 4},
		{12, 1, 8, 6},
		{0, 7, 12, 3}, // does not fit beside the others, and is below the higher one
		{0, 10, 24, 1},
		{0, 11, 24, 2},
	}
	var at []position
	for i, p := range got {
		at = append(at, p["gridPos"].(position))
		if p["id"] != i+1 {
			t.Errorf("panel %d has the id %v", i, p["id"])
		}
	}
	if !slices.Equal(at, want) {
		t.Errorf("got %v, want %v", at, want)
	}
}

func TestJSONIsStableAndReadable(t *testing.T) {
	d := Dashboard{UID: "x", Rows: []Row{{Title: "row", Panels: []Panel{{
		Kind: TimeSeries, Title: "panel", Width: 12, Height: 8, Unit: "s",
		Queries: []Query{{Expr: `a < 1 and b > 2`, Legend: "{{x}}"}},
	}}}}}
	first, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two times, two results")
	}
	if !json.Valid(first) || !bytes.Contains(first, []byte(`"a < 1 and b > 2"`)) {
		t.Errorf("not JSON, or a query that people cannot read:\n%s", first)
	}
	// Grafana takes null for an error where it wants a list.
	for _, list := range []string{"links", "tags", "list", "mappings", "overrides", "panels"} {
		if bytes.Contains(first, []byte(`"`+list+`": null`)) {
			t.Errorf("%s is null", list)
		}
	}
}

func TestOptionList(t *testing.T) {
	got := optionList([]Option{{Value: "running"}, {Text: "Huawei Cloud", Value: "https://console.example"}})
	if want := "running,Huawei Cloud : https://console.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
