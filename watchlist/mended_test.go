package watchlist

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// jobFile is a job file of a list, and the log of that.
type jobFile struct {
	*testing.T
	list   *List
	dir    string
	age    time.Duration
	logged bytes.Buffer
}

func newJobFile(t *testing.T, text string) *jobFile {
	f := &jobFile{T: t, dir: t.TempDir(), age: time.Hour}
	registry := prometheus.NewRegistry()
	polls := poller.New(log.NewNopLogger(), registry, nil)
	t.Cleanup(polls.Close)
	f.list = New(Options{
		Logger: level.NewFilter(log.NewLogfmtLogger(&f.logged), level.AllowInfo()), Metrics: registry, Poller: polls, UserAgent: "test",
		Read: func() (*config.Config, error) {
			return config.Parse(filepath.Join(f.dir, "c.yml"), []byte(`
projects: [{name: prod, cloud: otc, region: eu-de, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, metadata: true}]
job_files: [jobs.yml]
`), config.Options{Providers: provider.Schema()})
		},
	})
	t.Cleanup(f.list.Close)
	f.write(text)
	if err := f.list.Load(); err != nil {
		t.Fatal(err)
	}
	return f
}

// write writes the file, or removes it if the text is empty.
func (f *jobFile) write(text string) {
	f.Helper()
	path := filepath.Join(f.dir, "jobs.yml")
	if text == "" {
		if err := os.Remove(path); err != nil {
			f.Fatal(err)
		}
		return
	}
	f.age -= time.Minute // later than before, but complete
	at := time.Now().Add(-f.age)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
		f.Fatal(err)
	}
}

// log returns what is logged when the file is looked at, and again when it no longer
// counts as being written.
func (f *jobFile) log() string {
	f.logged.Reset()
	for range 2 {
		c := f.list.inForce()
		f.list.files.Use(c.JobFiles, c.Config)
		f.list.refresh()
		time.Sleep(2 * time.Second)
	}
	return strings.TrimSpace(strings.ReplaceAll(f.logged.String(), f.dir+"/", ""))
}

// TestAnEventOfAJobFileIsOneLine has a file that names the job "one" at first.
func TestAnEventOfAJobFileIsOneLine(t *testing.T) {
	const broken = "- {provider: cfw, project: prod, id: [one]}\n"
	ids := func(ids string) string { return "- {provider: cfw, project: prod, ids: [" + ids + "]}\n" }
	for name, test := range map[string]struct {
		before []string // texts
		text   string
		want   string
	}{
		"changed":                     {nil, ids("one, two, three"), `level=info msg="job file changed" file=jobs.yml jobs=3 added=2 removed=0`},
		"broken":                      {nil, broken, `level=error msg="job file is broken" file=jobs.yml jobs_kept=1 err="jobs.yml:1: [0].id: unknown key; did you mean ids?"`},
		"mended with other jobs":      {[]string{broken}, ids("two, three"), `level=info msg="job file is good again" file=jobs.yml jobs=2`},
		"mended with the same jobs":   {[]string{broken}, ids("one"), `level=info msg="job file is good again" file=jobs.yml jobs=1`},
		"changed after it was mended": {[]string{broken, ids("two")}, ids("one"), `level=info msg="job file changed" file=jobs.yml jobs=1 added=1 removed=1`},
		"gone":                        {nil, "", `level=info msg="job file changed" file=jobs.yml jobs=0 added=0 removed=1`},
		"gone while it is broken":     {[]string{broken}, "", `level=info msg="job file changed" file=jobs.yml jobs=0 added=0 removed=1`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newJobFile(t, ids("one"))
				for _, text := range test.before {
					f.write(text)
					f.log()
				}
				f.write(test.text)
				if got := f.log(); got != test.want {
					t.Errorf("logged\n%s\nwant\n%s", got, test.want)
				}
			})
		})
	}
}
