package jobfiles

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
)

// fixture is a set with a folder of its own.
type fixture struct {
	*testing.T
	set      *Set
	registry *prometheus.Registry
	dir      string
	patterns []string
	writes   int
	config   *config.Config
	parses   atomic.Int64
	lines    chan string // of the log, without dir
	changes  chan string // what the files gave whenever that changed

	mu    sync.Mutex
	files map[string][]config.Jobs // what they give, by difference
}

func newFixture(t *testing.T, patterns ...string) *fixture {
	b := &fixture{
		T: t, registry: prometheus.NewRegistry(), dir: t.TempDir(),
		lines: make(chan string, 10_000), changes: make(chan string, 100), files: map[string][]config.Jobs{},
	}
	b.set = New(level.NewFilter(log.NewLogfmtLogger(b), level.AllowInfo()), b.registry)
	b.use("prod", "test")
	b.match(patterns...)
	return b
}

// Write takes a line of the log.
func (b *fixture) Write(line []byte) (int, error) {
	b.lines <- strings.TrimSpace(strings.ReplaceAll(string(line), b.dir+"/", ""))
	return len(line), nil
}

// match sets patterns, relative to the folder.
func (b *fixture) match(patterns ...string) {
	b.patterns = nil
	for _, p := range patterns {
		b.patterns = append(b.patterns, filepath.Join(b.dir, p))
	}
}

// use sets a configuration with these projects.
func (b *fixture) use(projects ...string) {
	b.Helper()
	text := "projects:\n"
	for _, name := range projects {
		text += "- {name: " + name + ", cloud: otc, region: eu-de, project_id: '1', metadata: true}\n"
	}
	var err error
	b.config, err = config.Parse("c.yml", []byte(text), config.Options{
		Providers: []config.Provider{{Name: "cfw"}, {Name: "elb", APIVersions: []string{"v1.0", "v3"}}},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		b.Fatal(err)
	}
}

// load gives what the files give now, such as "a.yml=1,2 b.yml=3".
func (b *fixture) load() string {
	b.set.Use(b.patterns, b)
	return b.given()
}

// given takes in what has changed, and gives what the files give after that.
func (b *fixture) given() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.set.Changes() {
		if before := b.files[c.Name]; len(before)+len(c.Before) > 0 && !reflect.DeepEqual(before, c.Before) {
			b.Errorf("%s: changed from %v, want %v", c.Name, c.Before, b.files[c.Name])
		}
		b.files[c.Name] = c.After
		if len(c.After) == 0 {
			delete(b.files, c.Name)
		}
	}
	var files []string
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		var ids []string
		for _, g := range b.files[name] {
			ids = append(ids, g.IDs...)
		}
		files = append(files, strings.TrimPrefix(name, b.dir+"/")+"="+strings.Join(ids, ","))
	}
	return strings.Join(files, " ")
}

// ParseJobs and Allows are the rules of the configuration.
func (b *fixture) ParseJobs(name string, data []byte) ([]config.Jobs, error) {
	b.parses.Add(1)
	return b.config.ParseJobs(name, data)
}

func (b *fixture) Allows(g config.Jobs) bool { return b.config.Allows(g) }

func (b *fixture) wantLoad(want string) {
	b.Helper()
	if got := b.load(); got != want {
		b.Errorf("load gave %q, want %q", got, want)
	}
}

// wantThen is wantLoad now, without a word in the log, and again when broken files no
// longer count as being written. The test must be in a bubble.
func (b *fixture) wantThen(want string) {
	b.Helper()
	b.wantLoad(want)
	b.wantLog()
	time.Sleep(writeTime)
	b.wantLoad(want)
}

// stopped runs a test whose clock only moves when it sleeps.
func stopped(t *testing.T, test func(b *fixture)) {
	synctest.Test(t, func(t *testing.T) { test(newFixture(t, "*.yml", "jobs.d/*.yml")) })
}

// wantLog checks all lines of the log since the last check.
func (b *fixture) wantLog(want ...string) {
	b.Helper()
	var got []string
	for len(b.lines) > 0 {
		got = append(got, <-b.lines)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// wantMetric checks all series of the metric, such as "a.yml 0, b.yml 1".
func (b *fixture) wantMetric(want string) {
	b.Helper()
	families, err := b.registry.Gather()
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.Metric {
			file := strings.TrimPrefix(m.Label[0].GetValue(), b.dir+"/")
			got = append(got, fmt.Sprintf("%s %v", file, m.Gauge.GetValue()))
		}
	}
	if strings.Join(got, ", ") != want {
		b.Errorf("metric %q, want %q", strings.Join(got, ", "), want)
	}
}

// run runs the set until the test ends. At each change it takes that in.
func (b *fixture) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var calls atomic.Int32
	go func() {
		defer close(done)
		b.set.Run(ctx, func() {
			if calls.Add(1) > 1 {
				b.Error("changed is called twice at a time")
			}
			b.changes <- b.given()
			calls.Add(-1)
		})
	}()
	b.Cleanup(func() {
		cancel()
		<-done
	})
}

// await waits until a change has led to want.
func (b *fixture) await(want string) {
	b.Helper()
	timeout, last := time.After(20*time.Second), "nothing"
	for last != want {
		select {
		case last = <-b.changes:
		case <-timeout:
			b.Fatalf("no change to %q; the last was %q", want, last)
		}
	}
}

// awaitLog waits for a line of the log, and fails at another one.
func (b *fixture) awaitLog(want string) {
	b.Helper()
	select {
	case got := <-b.lines:
		if got != want {
			b.Errorf("logged\n%s\nwant\n%s", got, want)
		}
	case <-time.After(20 * time.Second):
		b.Fatalf("not logged: %s", want)
	}
}

func (b *fixture) path(name string) string { return filepath.Join(b.dir, name) }

func (b *fixture) try(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *fixture) mkdir(name string) { b.Helper(); b.try(os.MkdirAll(b.path(name), 0o755)) }

func (b *fixture) remove(name string) { b.Helper(); b.try(os.RemoveAll(b.path(name))) }

func (b *fixture) rename(from, to string) { b.Helper(); b.try(os.Rename(b.path(from), b.path(to))) }

// link makes name a link to target, which may replace another one.
func (b *fixture) link(target, name string) {
	b.Helper()
	b.try(os.Symlink(target, b.path(name+".link")))
	b.rename(name+".link", name)
}

// write truncates and writes.
func (b *fixture) write(name, text string) {
	b.Helper()
	b.try(os.WriteFile(b.path(name), []byte(text), 0o644))
}

// writeOld writes a file that was last changed so long ago that it is complete, but
// later than the one written before.
func (b *fixture) writeOld(name, text string) {
	b.Helper()
	b.write(name, text)
	b.writes++
	b.touch(name, time.Now().Add(-time.Hour+time.Duration(b.writes)*time.Millisecond))
}

func (b *fixture) touch(name string, at time.Time) {
	b.Helper()
	b.try(os.Chtimes(b.path(name), at, at))
}

// jobs is a job file with jobs of project prod.
func jobs(ids ...string) string { return jobsOf("prod", ids...) }

func jobsOf(project string, ids ...string) string {
	return fmt.Sprintf("- {provider: cfw, project: %s, ids: [%s]}\n", project, strings.Join(ids, ", "))
}
