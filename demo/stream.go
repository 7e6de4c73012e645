package demo

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"cloudjob_exporter/simulator"
)

// stream is an endless row of jobs, one in each slot of time. Every fourth job
// fails and every fourth takes long, so that there is always something to see;
// the rest is chance, but the same chance in every process.
type stream struct {
	number  uint64 // sets the chances of one stream apart from those of another
	start   time.Time
	api     simulator.API
	project credential
	every   time.Duration
	listed  bool // the configuration discovers them
}

// The kinds of job, by slot.
const (
	quick  = iota // succeeds
	broken        // fails
	medium        // succeeds; in ELB v3, it may be canceled instead
	slow          // succeeds, and runs longer than until the next slow one begins
	kinds
)

const longest = 5 * time.Minute

// jobs are those that have begun and ended at most keep ago.
func (s stream) jobs(now time.Time, keep time.Duration) []simulator.Job {
	var jobs []simulator.Job
	for n := s.slot(now.Add(-longest - keep - s.every)); n <= s.slot(now); n++ {
		d := s.draw(n)
		if !d.begin.After(now) && now.Before(d.begin.Add(d.takes+keep)) {
			jobs = append(jobs, s.job(d))
		}
	}
	return jobs
}

// slot is the number of the slot in which t lies; it is negative before the start.
func (s stream) slot(t time.Time) int64 {
	d := t.Sub(s.start)
	n := int64(d / s.every)
	if d < 0 {
		n--
	}
	return n
}

// draw is what chance says of the job in a slot.
type draw struct {
	kind  int64
	begin time.Time
	takes time.Duration
	rand  *rand.Rand // for the rest of the job
}

func (s stream) draw(n int64) draw {
	r := rand.New(rand.NewPCG(seed+s.number, uint64(n))) //nolint:gosec // chance for the eye, not for secrets
	d := draw{
		kind:  (n%kinds + kinds) % kinds,
		begin: s.start.Add(time.Duration(n)*s.every + between(r, 0, s.every)),
		rand:  r,
	}
	switch d.kind {
	case slow:
		d.takes = between(r, 200*time.Second, longest)
	case medium:
		d.takes = between(r, 45*time.Second, 180*time.Second)
	default:
		d.takes = between(r, 20*time.Second, 90*time.Second)
	}
	return d
}

// job makes the job out of the draw: its type, plan and sub-jobs, by the customs of its API.
func (s stream) job(d draw) simulator.Job {
	r, broke := d.rand, d.kind == broken
	j := simulator.Job{
		API: s.api, ProjectID: s.project.projectID, ID: s.id(r), ResourceID: uuid(r),
		Begin: d.begin, Plan: s.api.Succeeds(d.takes), Forgotten: d.takes + 2*keep,
	}
	if broke {
		j.Plan = s.api.Fails(d.takes)
	}
	switch s.api {
	case simulator.ELBv1:
		j.Type = pick(r, "createELB", "createELB", "deleteELB")
		j.ErrorCode, j.FailReason = "ELB.1013", "Quota exceeded for resources: elb."
		if d.kind != quick {
			j.SubJobs = s.subJobs(&j, r, j.Type, broke, d.takes)
		}
	case simulator.ELBv3:
		j.Type = pick(r, "batchCreateV3Loadbalancer", "cloneLoadbalancer", "cloneListener", "batchDeleteLoadbalancer")
		j.ErrorCode, j.FailReason = "ELB.8902", "The subnet has no free address."
		j.SubJobs = s.subJobs(&j, r, j.Type, broke, d.takes)
		rollBackOrCancel(&j, r, d)
	case simulator.ECS:
		j.Type = "createServer"
		j.ErrorCode, j.FailReason = "Ecs.0319", "The flavor is sold out."
		j.SubJobs = s.subJobs(&j, r, "createSingleServer", broke, d.takes)
	case simulator.RDS:
		j.Type = pick(r, "CreateMysqlSingleHAInstance", "RestartMysqlInstance", "EnlargeMysqlVolume")
		j.FailReason = "The instance did not become available in time."
	}
	return j
}

// rollBackOrCancel gives some jobs of ELB v3 the ends that only they have.
func rollBackOrCancel(j *simulator.Job, r *rand.Rand, d draw) {
	const initial = 3 * time.Second
	j.Plan = simulator.Plan{{After: 0, Status: "INIT"}, {After: initial, Status: "RUNNING"}, j.Plan[1]}
	chance := r.IntN(2) == 0
	switch {
	case d.kind == broken && chance:
		j.Plan = append(j.Plan[:2], simulator.Step{After: d.takes / 2, Status: "ROLLBACKING"}, simulator.Step{After: d.takes, Status: "ROLLBACK_FAIL"})
	case d.kind == medium && chance:
		j.Plan[2].Status = "CANCEL"
	case d.kind == slow:
		j.Plan[2].Status = "COMPLETE"
	}
}

// subJobs share the time of a job among two to four parts. If it fails, the last one did.
func (s stream) subJobs(j *simulator.Job, r *rand.Rand, kind string, fails bool, d time.Duration) []simulator.Job {
	parts := make([]simulator.Job, 2+r.IntN(3))
	share := d / time.Duration(len(parts))
	for i := range parts {
		parts[i] = simulator.Job{
			ID: s.id(r), Type: kind, ResourceID: uuid(r),
			Begin: j.Begin.Add(time.Duration(i) * share),
			Plan:  s.api.Succeeds(share),
		}
	}
	if last := &parts[len(parts)-1]; fails {
		last.Plan, last.ErrorCode, last.FailReason = s.api.Fails(share), j.ErrorCode, j.FailReason
	}
	return parts
}

// id is a job ID as the API makes them.
func (s stream) id(r *rand.Rand) string {
	if s.api == simulator.ELBv1 || s.api == simulator.ECS {
		return "ff808082" + hex.EncodeToString(random(r, 12))
	}
	return uuid(r)
}

func uuid(r *rand.Rand) string {
	b := random(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32() & 0xff)
	}
	return b
}

// between is a time in [low, high), in whole milliseconds.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N((high-low).Milliseconds()))*time.Millisecond
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }
