package provider

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

const otherProjectID = "5dd3c0b24cdc4d31952c49589182a89d"

// versionOf is what the configuration calls an API of the simulator.
func versionOf(api simulator.API) (provider, version string) {
	provider, version, _ = strings.Cut(string(api), "/")
	return provider, version
}

func TestTheSimulatorPlaysEachAPI(t *testing.T) {
	var played, known []string
	for _, api := range simulator.APIs() {
		played = append(played, string(api))
	}
	for _, a := range apis {
		known = append(known, strings.TrimSuffix(a.Provider+"/"+a.Version, "/"))
	}
	slices.Sort(played)
	slices.Sort(known)
	if !slices.Equal(played, known) {
		t.Errorf("the simulator plays %v\nthe table has      %v", played, known)
	}
}

// newReader makes a project whose credential is good for projectID alone.
func newReader(t *testing.T, c *simulator.Cloud, credential, of string) Reader {
	t.Helper()
	p := &config.Project{Name: "prod", ProjectID: of, Endpoints: endpoints()}
	p.Endpoints["iam"] = "https://iam.test/v3"
	switch credential {
	case "key":
		p.AccessKey, p.SecretKey = "AK", secrets.Source{Value: secrets.New("SK")}
	case "password":
		p.Username, p.Password, p.DomainName = "reader", secrets.Source{Value: secrets.New("pass-word")}, "D"
	case "token":
		p.Token = secrets.Source{Value: secrets.New(c.IssueToken(projectID))}
	}
	client, err := cloud.New(p, cloud.Options{
		Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()), Transport: &simulator.Transport{Handler: c},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Reader{Client: client}
}

// says is what an API tells of a job beside its status and times.
type says struct{ code, reason, subJobs bool }

var everything = says{code: true, reason: true, subJobs: true}

var told = map[simulator.API]says{
	simulator.CFW:      {},
	simulator.ELBv1:    everything,
	simulator.ELBv3:    everything,
	simulator.ECS:      everything,
	simulator.EVS:      everything,
	simulator.IMS:      everything,
	simulator.BMS:      everything,
	simulator.SDRS:     everything,
	simulator.SFSTurbo: everything,
	simulator.DCS:      {reason: true},
	simulator.RDS:      {reason: true},
	simulator.DDS:      {reason: true},
	simulator.TaurusDB: {reason: true},
	simulator.GaussDB:  {reason: true},
	simulator.DDM:      {}, // but in the list
	simulator.DWS:      {code: true, reason: true},
	simulator.CBR:      {code: true, reason: true},
	simulator.CCEv3:    {reason: true, subJobs: true},
	simulator.CCEv2:    {reason: true, subJobs: true},
}

// missing has the codes about a job that is not there, of the APIs that give one.
var missing = map[simulator.API]string{
	simulator.CFW:      "CFW.00200005",
	simulator.ELBv1:    "itemNotFound",
	simulator.ELBv3:    "itemNotFound",
	simulator.ECS:      "Common.0011",
	simulator.EVS:      "Common.0011",
	simulator.BMS:      "Common.0011",
	simulator.SFSTurbo: "SFS.TURBO.0019",
	simulator.RDS:      "DBS.200543",
	simulator.DDS:      "DBS.200543",
	simulator.TaurusDB: "DBS.200543",
	simulator.GaussDB:  "DBS.200543",
	simulator.DDM:      "DBS.300400",
	simulator.CBR:      "BackupService.6500",
	simulator.CCEv3:    "CCE.01404001",
	simulator.CCEv2:    "CCE.01404001",
}

// TestEachServiceOfTheSimulator asks each API through HTTP for jobs in every state, and
// lets it refuse, with each kind of credential.
func TestEachServiceOfTheSimulator(t *testing.T) {
	for _, api := range simulator.APIs() {
		for _, credential := range []string{"key", "password", "token"} {
			t.Run(string(api)+" "+credential, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, _ := newProject(t)
					c.SetProject(simulator.Project{ID: otherProjectID, Name: "eu-de_other"})
					c.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "D", Password: "pass-word", Projects: []string{projectID}})
					s := &service{t: t, cloud: c, api: api, project: newReader(t, c, credential, projectID)}
					s.has(told[api])
					s.refuses(credential)
				})
			})
		}
	}
}

// service is an API of a simulated cloud and how a project reads it.
type service struct {
	t       *testing.T
	cloud   *simulator.Cloud
	api     simulator.API
	project Reader
}

func (s *service) fetch(p Reader, id string) (job.Report, error) {
	name, version := versionOf(s.api)
	return p.Fetch(s.t.Context(), &job.Job{Key: job.Key{Provider: name, ID: id}, APIVersion: version})
}

func (s *service) add(id string, plan simulator.Plan, subJobs ...simulator.Job) {
	s.cloud.AddJob(simulator.Job{
		API: s.api, ProjectID: projectID, ID: id, Type: "createIt", ResourceID: "r", Begin: time.Now(), Plan: plan,
		ErrorCode: "X.0001", FailReason: "no space", SubJobs: subJobs,
	})
}

// has looks at jobs while they run, and after they have ended.
func (s *service) has(of says) {
	s.t.Helper()
	begin := time.Now().UTC()
	s.add("good", s.api.Succeeds(time.Minute))
	s.add("bad", s.api.Fails(time.Minute))
	s.add("parted", s.api.Fails(time.Minute),
		simulator.Job{ID: "sub-1", Type: "part", Plan: s.api.Succeeds(time.Second)},
		simulator.Job{ID: "sub-2", Type: "part", Plan: s.api.Fails(time.Second), ErrorCode: "X.0002", FailReason: "no cpu"},
		simulator.Job{ID: "sub-3", Type: "part", Plan: s.api.Succeeds(time.Second), SubJobs: []simulator.Job{
			{ID: "sub-4", Type: "part", Plan: s.api.Fails(2 * time.Second)},
		}})
	running := job.Report{Status: job.Running, Type: "createIt", Begin: begin}
	if s.api == simulator.CFW {
		running.Type = ""
	}
	good, bad := running, running
	good.Status, good.End = job.Success, begin.Add(time.Minute)
	bad.Status, bad.End = job.Failed, begin.Add(time.Minute)
	if of.code {
		bad.ErrorCode = "X.0001"
	}
	if of.reason {
		bad.FailReason = "no space"
	}
	parted := bad
	if of.subJobs {
		parted.FailedSubJobs = 2
	}
	time.Sleep(500 * time.Millisecond)
	s.want(map[string]job.Report{"good": running, "bad": running, "parted": running})
	time.Sleep(time.Minute)
	s.want(map[string]job.Report{"good": good, "bad": bad, "parted": parted})
}

func (s *service) want(reports map[string]job.Report) {
	s.t.Helper()
	for id, want := range reports {
		if got, err := s.fetch(s.project, id); err != nil || got != want {
			s.t.Errorf("%s:\ngot  %+v, %v\nwant %+v", id, got, err, want)
		}
	}
}

// refuses looks at the answers about what is not there, or not to be seen now.
func (s *service) refuses(credential string) {
	s.t.Helper()
	_, err := s.fetch(s.project, "missing")
	s.failed("a missing job", err, job.NotFound, missing[s.api], 0)

	code, pause := "APIG.0302", time.Duration(0)
	if slices.Contains([]simulator.API{simulator.ECS, simulator.EVS, simulator.BMS}, s.api) {
		code = "Common.0018"
	}
	if credential == "password" { // the login is refused, and tried again after a while
		code, pause = "IAM.0003", time.Minute
	}
	_, err = s.fetch(newReader(s.t, s.cloud, credential, otherProjectID), "good")
	s.failed("the wrong project", err, job.Forbidden, code, pause)

	s.cloud.Inject(simulator.Throttle(s.api.Service(), "7"))
	_, err = s.fetch(s.project, "good")
	s.failed("throttled", err, job.RateLimited, "APIG.0308", 7*time.Second)
}

func (s *service) failed(what string, err error, want job.Reason, code string, retryAfter time.Duration) {
	s.t.Helper()
	f := job.AsFailure(err)
	if f.Reason != want || f.Code != code || f.RetryAfter != retryAfter {
		s.t.Errorf("%s: got %v (%s, pause of %s), want %s %s, %s", what, err, f.Reason, f.RetryAfter, want, code, retryAfter)
	}
	if e, ok := errors.AsType[*cloud.Error](err); !ok || e.Message == "" {
		s.t.Errorf("%s: %v lacks a message", what, err)
	}
}
