package dashboards

import (
	"os"
	"strings"
	"testing"
)

func TestFilesAreWhatTheCodeMakes(t *testing.T) {
	for _, d := range All() {
		t.Run(d.UID, func(t *testing.T) {
			want, err := d.JSON()
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(d.UID + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s.json is not what the code makes: run go generate ./dashboards", d.UID)
			}
		})
	}
}

// TestReadmeHasTheQueryOfThePanels asserts that the query that people copy is the one
// that is tested, without the choices at the top.
func TestReadmeHasTheQueryOfThePanels(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```promql\n")
	block, _, _ = strings.Cut(block, "```")
	documented := strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(strings.Fields(block), " "))
	query := endedWithin("6h", "provider", statusIs("failed"))
	query = strings.NewReplacer(fleet+", ", "", "{"+fleet+"}", "").Replace(query)
	if documented != query {
		t.Errorf("README.md has\n%s\nwant\n%s", documented, query)
	}
}
