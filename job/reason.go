package job

// Reason says in one word why a poll failed. It is the value of the reason
// label; empty means that nothing failed.
type Reason string

// The reasons.
const (
	Auth         Reason = "auth"          // the credentials were refused, or could not be had
	Forbidden    Reason = "forbidden"     // the credentials are good, but may not see the job
	NotFound     Reason = "not_found"     // the cloud knows no such job
	RateLimited  Reason = "rate_limited"  // too many calls
	Timeout      Reason = "timeout"       // no answer in time
	Network      Reason = "network"       // no connection, or it broke
	ServerError  Reason = "server_error"  // the cloud has a problem of its own
	BadResponse  Reason = "bad_response"  // an answer that is not one about this job
	NotPublished Reason = "not_published" // the gateway knows no such API: a wrong endpoint
)

// meanings are what the reasons mean to a person.
var meanings = map[Reason]string{
	Auth:         "the cloud refuses the credentials, or they cannot be read",
	Forbidden:    "the credentials are good, but may not see this job",
	NotFound:     "the cloud knows no such job",
	RateLimited:  "the cloud asks for fewer calls",
	Timeout:      "the cloud did not answer in time",
	Network:      "the cloud could not be reached, or the connection broke",
	ServerError:  "the cloud has a problem of its own",
	BadResponse:  "the answer was not one about this job",
	NotPublished: "the gateway knows no such API: the endpoint may be wrong",
}

// Meaning returns what the reason means to a person, as a clause without a full stop.
func (r Reason) Meaning() string { return meanings[r] }

// Reasons lists every reason, in the order of the documentation.
func Reasons() []Reason {
	return []Reason{
		Auth, Forbidden, NotFound, RateLimited, Timeout, Network,
		ServerError, BadResponse, NotPublished,
	}
}
