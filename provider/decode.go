package provider

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unique"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

const (
	maxLabel      = 64   // runes of a job type or an error code that are kept
	maxFailReason = 1024 // runes of a reason for people
)

// object is a JSON object of an answer. The APIs do not keep to the types that
// they document, so each value is taken as it comes.
type object map[string]any

// Decode reads an answer of status 200 about the job with the given ID. What is
// no answer about that job (an error body, another job, no status) is an error;
// a detail that cannot be read is left out, and named in Report.ParseIssue.
func (a *API) Decode(body []byte, id string) (job.Report, error) {
	root, err := parse(body)
	if err != nil {
		return job.Report{}, a.badAnswer("no JSON object: %v", err)
	}
	answer := root
	if a.Envelope != "" {
		answer = root.object(a.Envelope)
	}
	word := answer.text("status")
	if err := a.errorIn(root, word, a.Words[strings.ToUpper(word)]); err != nil {
		return job.Report{}, err
	}
	if got := answer.text("job_id", "id"); got != "" && !strings.EqualFold(got, id) {
		return job.Report{}, a.badAnswer("it is about another job, %q", short(got, maxLabel))
	}

	r := a.report(answer)
	if r.Status == job.Failed && r.ErrorCode == "" {
		code, _ := cloud.ErrorIn(root)
		r.ErrorCode = short(code, maxLabel)
	}
	return r, nil
}

// report reads what an object says about the job that it is.
func (a *API) report(o object) job.Report {
	word := o.text("status")
	status, known := a.Words[strings.ToUpper(word)]
	r := job.Report{
		Status:        status,
		Type:          shared(short(o.text("job_type"), maxLabel)),
		ErrorCode:     shared(short(o.code("error_code"), maxLabel)),
		FailReason:    short(o.text("fail_reason", "error_msg", "message"), maxFailReason),
		FailedSubJobs: a.failedSubJobs(o),
	}
	if !known {
		r.RawStatus = short(word, maxLabel)
	}
	var odd [2]error
	r.Begin, odd[0] = o.time("begin_time")
	r.End, odd[1] = o.time("end_time")
	if err := errors.Join(odd[:]...); err != nil {
		r.ParseIssue = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return r
}

// errorIn tells an answer about a job from a 200 that carries an error: one
// without a status, or with an error of the call beside a status that is not a
// failure.
func (a *API) errorIn(root object, word string, status job.Status) error {
	code, message := cloud.ErrorIn(root)
	if a.Envelope == "" && word != "" {
		code = root.code("code") // error_code and message there are the job's own
	}
	switch {
	case word == "" && code == "" && message == "":
		return a.badAnswer("it has no status")
	case word != "" && (code == "" || status == job.Failed):
		return nil
	}
	e := a.badAnswer("%s", short(message, maxLabel))
	e.Code = short(code, maxLabel)
	if r, ok := cloud.CodeReason(e.Code); ok {
		e.Reason = r
	}
	return a.refine(e)
}

// failedSubJobs counts the failed sub-jobs of a job through every level. They
// stand at its root or under entities, as a list or as one object; an empty
// text or null stands for none.
func (a *API) failedSubJobs(o object) int {
	list := subJobs(o["sub_jobs"])
	if list == nil {
		list = subJobs(o.object("entities")["sub_jobs"])
	}
	failed := 0
	for _, v := range list {
		sub, _ := v.(map[string]any)
		if a.Words[strings.ToUpper(object(sub).text("status"))] == job.Failed {
			failed++
		}
		failed += a.failedSubJobs(sub)
	}
	return failed
}

func subJobs(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		return []any{v}
	}
	return nil
}

// object is the object that a key holds; nil if it holds none.
func (o object) object(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

// text is the first of the keys that holds a text that is not empty.
func (o object) text(keys ...string) string {
	for _, key := range keys {
		if s, ok := o[key].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// code is an error code, which may be a number; empty if it is 0 or there is none.
func (o object) code(key string) string {
	code, ok := o[key].(json.Number)
	text := code.String()
	if !ok {
		text = o.text(key)
	}
	if text == "0" {
		return ""
	}
	return text
}

func (o object) time(key string) (time.Time, error) {
	return parseTime(key, o[key])
}

// shared keeps one copy of a text that many jobs have.
func shared(s string) string { return unique.Make(s).Value() }

// short keeps a text within bounds, for a label or a page.
func short(s string, runes int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}
