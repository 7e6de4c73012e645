package dashboards

import (
	"os"
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
