package job

import "time"

// Answer is what a cloud said about a job when it was asked for something else, such as
// a list of jobs.
type Answer struct {
	Key
	Project    string // as in Job
	APIVersion string // as in Job
	Report     Report
	Asked      time.Time // when the request was sent that was answered so
	Listing    string    // the listing that showed the job, by its name; empty if it was none
}
