package provider

import (
	"encoding/json"
	"strings"
	"time"
)

// keys are names under which an API gives one detail of a job. The first that holds
// something counts. A dot leads into an object: status.phase.
type keys []string

// Fields are where the details of a job stand in an answer.
type Fields struct {
	ID     keys
	Status keys
	Type   keys
	Begin  keys
	End    keys // read once the job has ended; where an API gives no end, the last update of a job
	Code   keys
	Reason keys
	// SubJobs each hold a list of jobs with the same fields, or one of them.
	SubJobs keys
}

// defaultFields are those of the combined API, which ECS, ELB and others have in common.
var defaultFields = Fields{
	ID:      keys{"job_id", "id"},
	Status:  keys{"status"},
	Type:    keys{"job_type"},
	Begin:   keys{"begin_time"},
	End:     keys{"end_time"},
	Code:    keys{"error_code"},
	Reason:  keys{"fail_reason", "error_msg", "message"},
	SubJobs: keys{"sub_jobs", "entities.sub_jobs"},
}

// or returns the fields with the others in place of those that are not given.
func (f Fields) or(others Fields) Fields {
	theirs := others.all()
	for i, own := range f.all() {
		if *own == nil {
			*own = *theirs[i]
		}
	}
	return f
}

func (f *Fields) all() []*keys {
	return []*keys{&f.ID, &f.Status, &f.Type, &f.Begin, &f.End, &f.Code, &f.Reason, &f.SubJobs}
}

// object is a JSON object of an answer. The APIs do not keep to the types that
// they document, so each value is taken as it comes.
type object map[string]any

// at is the value under a key; nil if there is none.
func (o object) at(key string) any {
	v, _ := o.lookUp(key)
	return v
}

// lookUp is at, and reports whether the key is there.
func (o object) lookUp(key string) (v any, ok bool) {
	for {
		first, rest, nested := strings.Cut(key, ".")
		if !nested {
			v, ok = o[first]
			return v, ok
		}
		o, key = o.object(first), rest
	}
}

// object is the object that a key holds; nil if it holds none.
func (o object) object(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

// text is the first of the keys that holds a text that is not empty.
func (o object) text(from keys) string {
	for _, key := range from {
		if s, ok := o.at(key).(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// code is an error code, which may be a number; empty if it is 0 or there is none.
func (o object) code(from keys) string {
	for _, key := range from {
		if code := number(o.at(key)); code != "" && code != "0" {
			return code
		}
	}
	return ""
}

// number is the text of a value that may be a number.
func number(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// time is the first of the keys that holds a time. One that holds something else is an
// error.
func (o object) time(from keys) (time.Time, error) {
	for _, key := range from {
		if t, err := parseTime(key, o.at(key)); err != nil || !t.IsZero() {
			return t, err
		}
	}
	return time.Time{}, nil
}

// list is the first of the keys that holds a list, or one object in place of it; nil if
// none does.
func (o object) list(from keys) []any {
	for _, key := range from {
		switch v := o.at(key).(type) {
		case []any:
			return v
		case map[string]any:
			return []any{v}
		}
	}
	return nil
}
