package simulator

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// stream is an endless row of jobs, one in each slot of time. Every fourth job
// fails and every fourth takes long, so that there is always something to see;
// the rest is chance, but the same chance in every process.
type stream struct {
	number  uint64 // sets the chances of one stream apart from those of another
	start   time.Time
	api     API
	project Credentials
	every   time.Duration
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
func (s stream) jobs(now time.Time, keep time.Duration) []Job {
	var jobs []Job
	first := s.slot(now.Add(-longest - keep - s.every))
	for n := first; n <= s.slot(now); n++ {
		j, end := s.job(n)
		if !j.Begin.After(now) && now.Before(end.Add(keep)) {
			jobs = append(jobs, j)
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

// job is the job in slot n.
func (s stream) job(n int64) (j Job, end time.Time) {
	r := rand.New(rand.NewPCG(demoSeed+s.number, uint64(n))) //nolint:gosec // chance for the eye, not for secrets
	j = Job{
		API:       s.api,
		ProjectID: s.project.ProjectID,
		ID:        s.id(r),
		Begin:     s.start.Add(time.Duration(n)*s.every + between(r, 0, s.every)),
	}
	j.ResourceID = uuid(r)
	kind := (n%kinds + kinds) % kinds
	var d time.Duration
	switch kind {
	case slow:
		d = between(r, 200*time.Second, longest)
	case medium:
		d = between(r, 45*time.Second, 180*time.Second)
	default:
		d = between(r, 20*time.Second, 90*time.Second)
	}
	s.fill(&j, r, kind, d)
	j.Forgotten = d + 2*demoKeep
	return j, j.Begin.Add(d)
}

// fill gives a job its type, plan and sub-jobs, by the customs of its API.
func (s stream) fill(j *Job, r *rand.Rand, kind int64, d time.Duration) {
	j.Plan = s.api.Succeeds(d)
	if kind == broken {
		j.Plan = s.api.Fails(d)
	}
	switch s.api {
	case ELBv1:
		j.Type = pick(r, "createELB", "createELB", "deleteELB")
		j.ErrorCode, j.FailReason = "ELB.1013", "Quota exceeded for resources: elb."
		if kind != quick {
			j.SubJobs = s.subJobs(j, r, kind == broken, d)
		}
	case ELBv3:
		j.Type = pick(r, "batchCreateV3Loadbalancer", "cloneLoadbalancer", "cloneListener", "batchDeleteLoadbalancer")
		j.ErrorCode, j.FailReason = "ELB.8902", "The subnet has no free address."
		j.SubJobs = s.subJobs(j, r, kind == broken, d)
		s.rollBackOrCancel(j, r, kind, d)
	}
}

// rollBackOrCancel gives some jobs of ELB v3 the ends that only they have.
func (s stream) rollBackOrCancel(j *Job, r *rand.Rand, kind int64, d time.Duration) {
	const initial = 3 * time.Second
	j.Plan = Plan{{0, "INIT"}, {initial, "RUNNING"}, j.Plan[1]}
	chance := r.IntN(2) == 0
	switch {
	case kind == broken && chance:
		j.Plan = append(j.Plan[:2], Step{d / 2, "ROLLBACKING"}, Step{d, "ROLLBACK_FAIL"})
	case kind == medium && chance:
		j.Plan[2].Status = "CANCEL"
	case kind == slow:
		j.Plan[2].Status = "COMPLETE"
	}
}

// subJobs share the time of a job among two to four parts. If it fails, the last one did.
func (s stream) subJobs(j *Job, r *rand.Rand, fails bool, d time.Duration) []Job {
	parts := make([]Job, 2+r.IntN(3))
	share := d / time.Duration(len(parts))
	for i := range parts {
		parts[i] = Job{
			ID: s.id(r), Type: j.Type, ResourceID: uuid(r),
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
	if s.api == ELBv1 {
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
		b[i] = byte(r.Uint32())
	}
	return b
}

// between is a time in [low, high), in whole milliseconds.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N((high-low).Milliseconds()))*time.Millisecond
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }
