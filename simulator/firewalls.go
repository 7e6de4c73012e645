package simulator

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// FirewallStatus is the status of a firewall in CFW's list.
type FirewallStatus int

// The statuses that matter to jobs.
const (
	FirewallUnpaid         FirewallStatus = -1
	FirewallCreating       FirewallStatus = 0
	FirewallDeleting       FirewallStatus = 1
	FirewallRunning        FirewallStatus = 2
	FirewallCreationFailed FirewallStatus = 6
)

// Firewall is a firewall of the cloud. The job that creates a pay-per-use one has
// the same ID.
type Firewall struct {
	ProjectID, ID string
	Name          string // fw_instance_name
	Created       time.Time
	Prepaid       bool // billed yearly or monthly

	// Plan is the plan of the job that creates the firewall; the firewall's status
	// follows from it. Without a plan there is no job, and the status is Status.
	Plan   Plan
	Status FirewallStatus
}

// at returns the status at a time.
func (f *Firewall) at(now time.Time) FirewallStatus {
	if f.Plan == nil {
		return f.Status
	}
	w := CFW.words()
	switch step, _ := f.Plan.at(now.Sub(f.Created)); step.Status {
	case w.success:
		return FirewallRunning
	case w.failed:
		return FirewallCreationFailed
	default:
		return FirewallCreating
	}
}

type firewallStore struct {
	mu   sync.Mutex
	plan Plan // for firewalls created through the API
	all  map[jobKey]Firewall
}

func newFirewallStore() *firewallStore {
	return &firewallStore{plan: CFW.Succeeds(3 * time.Minute), all: map[jobKey]Firewall{}}
}

// AddFirewall adds firewalls and their jobs, or replaces those with the same project and ID.
func (c *Cloud) AddFirewall(firewalls ...Firewall) {
	c.firewalls.mu.Lock()
	defer c.firewalls.mu.Unlock()
	for _, f := range firewalls {
		c.addFirewall(f)
	}
}

func (c *Cloud) addFirewall(f Firewall) {
	c.firewalls.all[jobKey{CFW, f.ProjectID, f.ID}] = f
	if f.Plan != nil {
		c.AddJob(Job{API: CFW, ProjectID: f.ProjectID, ID: f.ID, ResourceID: f.ID, Begin: f.Created, Plan: f.Plan})
	}
}

// RemoveFirewall removes a firewall from the list. Its job stays.
func (c *Cloud) RemoveFirewall(projectID, id string) {
	c.firewalls.mu.Lock()
	defer c.firewalls.mu.Unlock()
	delete(c.firewalls.all, jobKey{CFW, projectID, id})
}

// PlanFirewalls sets the plan for jobs of firewalls that are created through the API
// from now on. The default is to succeed after 3 min.
func (c *Cloud) PlanFirewalls(p Plan) {
	c.firewalls.mu.Lock()
	defer c.firewalls.mu.Unlock()
	c.firewalls.plan = p
}

// Firewalls returns the firewalls of a project that exist at a time, newest first.
func (c *Cloud) Firewalls(projectID string, now time.Time) []Firewall {
	c.firewalls.mu.Lock()
	defer c.firewalls.mu.Unlock()
	var all []Firewall
	for _, f := range c.firewalls.all {
		if f.ProjectID == projectID && !f.Created.After(now) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b Firewall) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return all
}
