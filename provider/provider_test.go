package provider

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

// newProject makes a simulated cloud, and a project that reads its jobs.
func newProject(t *testing.T) (*simulator.Cloud, Reader) {
	t.Helper()
	c := simulator.New(simulator.Options{})
	t.Cleanup(c.Close)
	c.SetProject(simulator.Project{ID: projectID, Name: "eu-de_shop"})
	c.SetKey(simulator.Key{Access: "AK", Secret: "SK", Projects: []string{projectID}})
	return c, newProjectAt(t, &simulator.Transport{Handler: c})
}

// newProjectAt makes a project that reads its jobs through a transport.
func newProjectAt(t *testing.T, transport http.RoundTripper) Reader {
	t.Helper()
	client, err := cloud.New(&config.Project{
		Name: "prod", ProjectID: projectID, AccessKey: "AK",
		SecretKey: secrets.Source{Value: secrets.New("SK")},
		Endpoints: endpoints(),
	}, cloud.Options{
		Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()),
		Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return Reader{Client: client}
}

func endpoints() map[string]string {
	all := map[string]string{}
	for _, a := range apis {
		all[a.Provider] = "https://" + strings.ReplaceAll(a.Provider, "_", "-") + ".test"
	}
	return all
}

func TestFetch(t *testing.T) {
	for _, test := range []struct {
		api     simulator.API
		version string
		kind    string
	}{
		{simulator.CFW, "", ""},
		{simulator.ELBv1, "v1.0", "createELB"},
		{simulator.ELBv3, "v3", "cloneListener"},
	} {
		t.Run(string(test.api), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := newProject(t)
				begin := time.Now()
				c.AddJob(simulator.Job{
					API: test.api, ProjectID: projectID, ID: "a-1.b_2", Type: test.kind,
					Begin: begin, Plan: test.api.Fails(time.Minute), ErrorCode: "X.1",
				})
				j := &job.Job{Key: job.Key{Provider: string(test.api.Service()), ID: "a-1.b_2"}, APIVersion: test.version}
				time.Sleep(30 * time.Second)
				r, err := p.Fetch(t.Context(), j)
				if err != nil || r.Status != job.Running || !r.Begin.Equal(begin) || !r.End.IsZero() || r.Type != test.kind {
					t.Errorf("got %+v, %v", r, err)
				}
				time.Sleep(time.Minute)
				r, err = p.Fetch(t.Context(), j)
				if err != nil || r.Status != job.Failed || !r.End.Equal(begin.Add(time.Minute)) {
					t.Errorf("got %+v, %v", r, err)
				}
				j.ID = "another"
				var e *cloud.Error
				if _, err = p.Fetch(t.Context(), j); !errors.As(err, &e) || e.Reason != job.NotFound {
					t.Errorf("a job that is not there gives %v", err)
				}
			})
		})
	}
}

func TestTheDocumentedExamplesThroughHTTP(t *testing.T) {
	for _, test := range []struct {
		fixture, provider, version, id string
		want                           time.Duration
	}{
		{"cfw/documented", "cfw", "", fixtureAPIs["cfw"].id, 14 * time.Second},
		{"elb-v1.0/documented", "elb", "v1.0", fixtureAPIs["elb-v1.0"].id, 25873 * time.Millisecond},
	} {
		body, err := os.ReadFile("testdata/" + test.fixture + ".json")
		if err != nil {
			t.Fatal(err)
		}
		c, p := newProject(t)
		c.Inject(simulator.Fault{Body: body})
		j := &job.Job{Key: job.Key{Provider: test.provider, ID: test.id}, APIVersion: test.version}
		r, err := p.Fetch(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		s := (&job.State{Job: j}).Answered(r, time.Now())
		if d, ok := s.DurationAt(time.Now()); !ok || d != test.want || r.Status != job.Success {
			t.Errorf("%s: %v after %v (%v)", test.fixture, r.Status, d, ok)
		}
	}
}

func TestCodesOfTheServicesGiveReasons(t *testing.T) {
	for _, test := range []struct {
		provider, version, code string
		want                    job.Reason
	}{
		{"cfw", "", "CFW.00200005", job.NotFound},
		{"cfw", "", "CFW.00100001", job.ServerError},
		{"cfw", "", "CFW.00200001", job.BadResponse},
		{"elb", "v1.0", "Common.0011", job.NotFound},
		{"elb", "v1.0", "Common.0018", job.Forbidden},
		{"elb", "v1.0", "Common.0025", job.ServerError},
		{"elb", "v1.0", "ELB.1003", job.BadResponse},
		{"ecs", "", "Common.0011", job.NotFound},
		{"sfs_turbo", "", "SFS.TURBO.0019", job.NotFound},
		{"rds", "", "DBS.200543", job.NotFound},
		{"taurusdb", "", "DBS.200543", job.NotFound},
		{"ddm", "", "DBS.300400", job.NotFound},
		{"cbr", "", "BackupService.6501", job.NotFound},
		{"cce", "v2", "CCE.01404001", job.NotFound},
	} {
		c, p := newProject(t)
		c.Inject(simulator.Fault{Status: 400, Body: []byte(`{"error_code":"` + test.code + `","error_msg":"m"}`)})
		_, err := p.Fetch(t.Context(), &job.Job{Key: job.Key{Provider: test.provider, ID: "x"}, APIVersion: test.version})
		var e *cloud.Error
		if !errors.As(err, &e) || e.Reason != test.want {
			t.Errorf("%s: got %v, want %s", test.code, err, test.want)
		}
	}
}

func TestFetchOfWhatIsInNoTable(t *testing.T) {
	_, p := newProject(t)
	_, err := p.Fetch(t.Context(), &job.Job{Key: job.Key{Provider: "ecs", ID: "x"}, APIVersion: "v1"})
	if err == nil || err.Error() != "no API ecs v1" {
		t.Errorf("got %v", err)
	}
}

func TestFetchThatIsCanceled(t *testing.T) {
	_, p := newProject(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Fetch(ctx, &job.Job{Key: job.Key{Provider: "cfw", ID: "x"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSchema(t *testing.T) {
	schema := map[string]config.Provider{}
	for _, p := range Schema() {
		schema[p.Name] = p
	}
	if n := len(Schema()); n != len(schema) {
		t.Errorf("%d providers with %d names", n, len(schema))
	}
	for name, want := range map[string]struct{ versions, discover, statuses string }{
		"cfw":      {"", "-", ": running failed"}, // of a firewall in the list
		"elb":      {"v1.0 v3", "v3", "v1.0: init running success failed unknown; v3: init running success failed rolling_back canceled unknown"},
		"cce":      {"v3 v2", "v2", "v2: init running success failed unknown; v3: init running success failed unknown"},
		"rds":      {"", "-", ": running success failed unknown"},
		"ddm":      {"", "-", ": running success failed rolling_back canceled unknown"},
		"taurusdb": {"", "-", ": init running success failed canceled unknown"},
	} {
		p := schema[name]
		var statuses []string
		for _, version := range slices.Sorted(maps.Keys(p.Statuses)) {
			words := []string{version + ":"}
			for _, s := range p.Statuses[version] {
				words = append(words, s.String())
			}
			statuses = append(statuses, strings.Join(words, " "))
		}
		discover := strings.Join(p.Discover, " ")
		if len(p.Discover) == 1 && discover == "" {
			discover = "-"
		}
		if strings.Join(p.APIVersions, " ") != want.versions || discover != want.discover || strings.Join(statuses, "; ") != want.statuses {
			t.Errorf("%s: got %+v, want %+v", name, p, want)
		}
	}
}

func TestSchemaHasEachProviderOnceInAnyOrder(t *testing.T) {
	before := apis
	t.Cleanup(func() { apis = before })
	apis = []*API{elbV1, elbV3, cfw} // two versions of the first
	schema := Schema()
	if len(schema) != 2 || schema[0].Name != "elb" || schema[1].Name != "cfw" {
		t.Fatalf("got %+v", schema)
	}
	if v := schema[0].APIVersions; !slices.Equal(v, []string{"v1.0", "v3"}) {
		t.Errorf("versions of elb: %v", v)
	}
}

// TestTheTableIsSound finds slips in the data.
func TestTheTableIsSound(t *testing.T) {
	for _, a := range apis {
		name := a.Provider + " " + a.Version
		if strings.Contains(a.Provider, "-") || !strings.HasPrefix(a.Path, "/") || strings.Contains(a.Path, "{job_id}") == (a.IDQuery != "") || !strings.Contains(a.Path, "{project_id}") {
			t.Errorf("%s: %s?%s", name, a.Path, a.IDQuery)
		}
		for word, status := range a.Words {
			if word != strings.ToUpper(word) || status == job.Unknown {
				t.Errorf("%s: %s is %v", name, word, status)
			}
		}
		for _, h := range a.Hosts {
			if !slices.Contains([]string{"otc", "huaweicloud"}, h.Cloud) || strings.Contains(h.Name, "_") {
				t.Errorf("%s: %+v", name, h)
			}
		}
		if b := apis[slices.IndexFunc(apis, func(b *API) bool { return b.Provider == a.Provider })]; !slices.Equal(a.Hosts, b.Hosts) {
			t.Errorf("%s: its hosts differ from those of the first version", name)
		}
		if l := a.List; l != nil {
			if (l.Paging == byMarker) != (l.Next != "") || (l.Paging == onePage) != (l.Limit == 0) || l.Limit > maxLimit || strings.Contains(l.Path, "{job_id}") {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}

func TestARefinedErrorIsACopy(t *testing.T) {
	all := &cloud.Error{Reason: job.ServerError, Service: "elb", StatusCode: 400, Code: "Common.0011"}
	mine, ok := errors.AsType[*cloud.Error](elbV1.refine(all))
	if !ok || mine.Reason != job.NotFound || mine.Code != all.Code {
		t.Errorf("got %+v", mine)
	}
	if all.Reason != job.ServerError {
		t.Errorf("others who share the error see the reason %s", all.Reason)
	}
}

// TestOnlyAnAnswerAboutTheJobProvesACredential: until then, one call at a time tries
// it, and no more than that see that a token is wrong.
func TestOnlyAnAnswerAboutTheJobProvesACredential(t *testing.T) {
	for body, proves := range map[string]bool{
		`{}`:                    false,
		`{"status":"ok"}`:       false,
		`{"data":{"id":"a-1"}}`: false,
		`{"data":{"id":"a-1","status":"Running"}}`: true,
	} {
		synctest.Test(t, func(t *testing.T) {
			c, p := newProject(t)
			c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Status: 200, Body: []byte(body), Times: 1})
			j := &job.Job{Key: job.Key{Provider: "cfw", ID: "a-1"}}
			_, _ = p.Fetch(t.Context(), j)
			c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: time.Second, Status: 401, Body: []byte(`{"error_code":"APIG.0301"}`)})
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() { _, _ = p.Fetch(t.Context(), j) })
			}
			wg.Wait()
			if n := c.Calls(simulator.ServiceCFW) - 1; (n == 16) != proves {
				t.Errorf("%s: %d calls were refused", body, n)
			}
		})
	}
}
