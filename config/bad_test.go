package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudjob_exporter/strictyaml"
)

// TestBadFiles compares the whole error of each broken file with the text beside it.
func TestBadFiles(t *testing.T) {
	checkFolder(t, "testdata/bad", func(name string, data []byte) error {
		_, err := Parse(name, data, options())
		return err
	})
}

func TestBadJobFiles(t *testing.T) {
	c := mustParse(t, project+`metadata: true}
- {name: prod, cloud: otc, region: eu-de, project_id: '1', metadata: true}
- {name: no-elb, project_id: '1', metadata: true, endpoints: {cfw: https://cfw.example.com}}`)
	checkFolder(t, "testdata/jobs", func(name string, data []byte) error {
		_, err := c.ParseJobs(name, data)
		return err
	})
}

func checkFolder(t *testing.T, folder string, parse func(name string, data []byte) error) {
	files, err := filepath.Glob(folder + "/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, file := range files {
		base := filepath.Base(file)
		t.Run(base, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			err = parse(base, data)
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error() + "\n"; got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error shows a secret")
			}
			var one *strictyaml.Error
			if !errors.As(err, &one) || one.File != base {
				t.Errorf("%#v is no list of Error of %s", err, base)
			}
		})
	}
}
