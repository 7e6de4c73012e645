package registration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/config"
	"cloudjob_exporter/fixture"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store. It keeps what a crash would leave.
type memory struct {
	mu     sync.Mutex
	texts  map[job.Key]string
	merges int64
	wait   func(context.Context) error // what those who wait get; nil: nothing is wrong
}

func (m *memory) SetRegistration(k job.Key, text string) func(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if text == "" {
		delete(m.texts, k)
	} else {
		m.texts[k] = text
	}
	if m.wait != nil {
		return m.wait
	}
	return func(context.Context) error { return nil }
}

func (m *memory) Registrations(yield func(job.Key, string) bool) {
	m.mu.Lock()
	texts := maps.Clone(m.texts)
	m.mu.Unlock()
	for k, text := range texts {
		if !yield(k, text) {
			return
		}
	}
}

func (m *memory) Merges() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.merges
}

// merge makes the store hold other texts, as when a disk is back.
func (m *memory) merge(texts map[job.Key]string, merges int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.texts, m.merges = texts, merges
}

// claim is how another source watches a job.
type claim struct {
	by  poller.Source
	job *job.Job
}

// world is a set, and a poller that knows what the test says.
type world struct {
	*Set
	t        *testing.T
	store    *memory
	registry *prometheus.Registry
	logs     fixture.Logs
	states   map[job.Key]*job.State
	claims   map[job.Key]claim
	watched  map[job.Key]*job.Job // by what was handed out
	changes  atomic.Int32
	shard    job.Shard // of the poller

	mu sync.Mutex // of states
}

// kept returns how many entries there are, and how many are stored.
func (w *world) kept() (entries, stored int) {
	w.Set.mu.Lock()
	defer w.Set.mu.Unlock()
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	return len(w.entries), len(w.store.texts)
}

func (w *world) State(k job.Key) (*job.State, bool) {
	s := w.known(k)
	return s, s != nil
}

// know is what the poller knows of a job from now on; nil if it is not watched.
func (w *world) know(k job.Key, s *job.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states[k] = s
}

func (w *world) known(k job.Key) *job.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.states[k]
}

func (w *world) Shard() job.Shard { return w.shard }

func (w *world) Claimed(k job.Key) (by poller.Source, j *job.Job, ok bool) {
	if c, ok := w.claims[k]; ok {
		return c.by, c.job, true
	}
	j, ok = w.watched[k]
	return source, j, ok
}

const usual = "projects: [prod, test]\n"

// newWorld makes a set over what a store holds.
func newWorld(t *testing.T, store *memory, configuration string) *world {
	t.Helper()
	return newShard(t, store, configuration, job.Shard{})
}

// newShard is newWorld, for a poller of one shard.
func newShard(t *testing.T, store *memory, configuration string, shard job.Shard) *world {
	t.Helper()
	w := &world{
		t: t, store: store, shard: shard, registry: prometheus.NewPedanticRegistry(),
		states: map[job.Key]*job.State{}, claims: map[job.Key]claim{}, watched: map[job.Key]*job.Job{},
	}
	var kept Store
	if store != nil {
		kept = store
	}
	w.Set = New(level.NewFilter(log.NewLogfmtLogger(&w.logs), level.AllowInfo()), w.registry, kept, w, func() { w.changes.Add(1) })
	w.reload(configuration)
	return w
}

// reload puts a configuration in force: the names of projects in the first line, of
// which one that ends in - has no endpoint for cfw, and sections after it.
func (w *world) reload(text string) {
	w.t.Helper()
	names, rest, _ := strings.Cut(text, "\n")
	names = strings.Trim(strings.TrimPrefix(names, "projects: "), "[]")
	full := "projects:\n"
	for name := range strings.SplitSeq(names, ", ") {
		bare, without := strings.CutSuffix(name, "-")
		where := "cloud: otc, region: eu-de"
		if without {
			where = "endpoints: {elb: https://elb.test}"
		}
		full += fmt.Sprintf("- {name: %s, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, token: t0ken, %s}\n", bare, where)
	}
	c, err := config.Parse("c.yml", []byte(full+rest), config.Options{Providers: provider.Schema()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Use(c)
	w.take()
}

// take takes in what is handed out, as the poller does, and checks that it is a
// difference.
func (w *world) take() {
	w.t.Helper()
	for _, c := range w.Changes() {
		for _, k := range c.Remove {
			if w.watched[k] == nil {
				w.t.Errorf("%v goes, and was not watched", k)
			}
			delete(w.watched, k)
		}
		for _, j := range c.Add {
			if old := w.watched[j.Key]; old != nil && !elsewhere(old, j) && old.StuckAfter == j.StuckAfter {
				w.t.Errorf("%v comes again as it was", j.Key)
			}
			w.watched[j.Key] = j
		}
	}
}

// list returns the jobs that are watched as registered, in order.
func (w *world) list() string {
	w.t.Helper()
	w.take()
	var all []string
	for _, j := range w.watched {
		all = append(all, strings.TrimSuffix(fmt.Sprintf("%s/%s/%s %s %s", j.Provider, j.Project, j.ID, j.StuckAfter, j.APIVersion), " "))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// request reads "provider/project/id api_version stuck_after", of which - is left out.
func request(text string) Request {
	fields := append(strings.Fields(text), "-", "-")
	path := strings.Split(fields[0], "/")
	given := func(s string) string { return strings.Trim(s, "-") }
	return Request{Provider: path[0], Project: path[1], JobID: path[2], APIVersion: given(fields[1]), StuckAfter: given(fields[2])}
}

// put registers a job, and returns "new", "known", or the reason and text of the
// refusal.
func (w *world) put(text string) string {
	w.t.Helper()
	isNew, err := w.Put(w.t.Context(), request(text))
	switch {
	case err != nil:
		return refused(w.t, err)
	case isNew:
		return "new"
	}
	return "known"
}

func (w *world) unput(text string) string {
	w.t.Helper()
	if err := w.Delete(w.t.Context(), request(text)); err != nil {
		return refused(w.t, err)
	}
	return "gone"
}

func refused(t *testing.T, err error) string {
	t.Helper()
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	return [...]string{"invalid", "no project", "not registered", "conflict", "misdirected", "full"}[refusal.Reason] + ": " + err.Error()
}

// answered makes the state of a job after an answer of the cloud now.
func (w *world) answered(k job.Key, status job.Status, end time.Time) {
	w.take()
	state := &job.State{Job: w.watched[k]}
	if old := w.known(k); old != nil {
		state = old
	}
	w.know(k, state.Answered(job.Report{Status: status, End: end}, time.Now()))
}
