package job

// Status is the state of a job, in one vocabulary for all APIs.
type Status uint8

// The statuses. Each API has a closed set of them; Unknown is in every set.
const (
	Unknown Status = iota
	Init
	Running
	Success
	Failed
	RollingBack
	Canceled
)

var statusNames = [...]string{"unknown", "init", "running", "success", "failed", "rolling_back", "canceled"}

// String is the status as the value of the status label.
func (s Status) String() string {
	if int(s) >= len(statusNames) {
		return statusNames[Unknown]
	}
	return statusNames[s]
}

// Statuses returns all statuses in the order in which a job may come to them: what
// stands later is newer news.
func Statuses() []Status {
	return []Status{Unknown, Init, Running, RollingBack, Success, Canceled, Failed}
}

// Final reports whether a job in this status has ended for good.
func (s Status) Final() bool {
	return s == Success || s == Failed || s == Canceled
}

// ParseStatus is the inverse of String.
func ParseStatus(name string) (s Status, ok bool) {
	for i, n := range statusNames {
		if n == name {
			return Status(i), true
		}
	}
	return Unknown, false
}
