package provider

import (
	"errors"
	"strings"
	"unique"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

const (
	maxLabel      = 64   // runes of a job type or an error code that are kept
	maxFailReason = 1024 // runes of a reason for people
)

// Decode reads an answer of status 200 about the job with the given ID. What is
// no answer about that job (an error body, another job, no status) is an error;
// a detail that cannot be read is left out, and named in Report.ParseIssue.
func (a *API) Decode(body []byte, id string) (job.Report, error) {
	root, err := parseObject(body)
	if err != nil {
		return job.Report{}, a.badAnswer("no JSON object: %v", err)
	}
	answer := root
	if a.Envelope != "" {
		answer = root.object(a.Envelope)
	}
	word := answer.text(a.Fields.Status)
	if err := a.errorIn(root, word, a.Words[strings.ToUpper(word)]); err != nil {
		return job.Report{}, err
	}
	if got := answer.text(a.Fields.ID); got != "" && !strings.EqualFold(got, id) {
		return job.Report{}, a.badAnswer("it is about another job, %q", short(got, maxLabel))
	}

	r := a.report(answer, &a.Fields)
	if r.Status == job.Failed && r.ErrorCode == "" {
		code, _ := cloud.ErrorIn(root)
		r.ErrorCode = short(code, maxLabel)
	}
	return r, nil
}

// report reads what an object says about the job that it is. The end of a job that has
// not ended is a plan, or what an API fills in to have no empty field.
func (a *API) report(o object, f *Fields) job.Report {
	word := o.text(f.Status)
	status, known := a.Words[strings.ToUpper(word)]
	r := job.Report{
		Status:        status,
		Type:          shared(short(o.text(f.Type), maxLabel)),
		ErrorCode:     shared(short(o.code(f.Code), maxLabel)),
		FailReason:    short(o.text(f.Reason), maxFailReason),
		FailedSubJobs: a.failedSubJobs(o, f),
	}
	if !known {
		r.RawStatus = short(word, maxLabel)
	}
	var odd [2]error
	r.Begin, odd[0] = o.time(f.Begin)
	if status.Final() {
		r.End, odd[1] = o.time(f.End)
	}
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
		code = root.code(keys{"code"}) // error_code and message there are the job's own
	}
	switch {
	case word == "" && code == "" && message == "":
		return a.badAnswer("it has no status")
	case word != "" && (code == "" || status == job.Failed):
		return nil
	}
	return a.errorWith200(code, message)
}

// errorWith200 is the error of a call in an answer of status 200.
func (a *API) errorWith200(code, message string) error {
	e := a.badAnswer("%s", short(message, maxLabel))
	e.Code = short(code, maxLabel)
	if r, ok := cloud.CodeReason(e.Code); ok {
		e.Reason = r
	}
	return a.refine(e)
}

// failedSubJobs counts the failed sub-jobs of a job through every level. An empty text
// or null stands for none, and one that only groups others may have no status.
func (a *API) failedSubJobs(o object, f *Fields) int {
	failed := 0
	for _, v := range o.list(f.SubJobs) {
		sub, _ := v.(map[string]any)
		if a.Words[strings.ToUpper(object(sub).text(f.Status))] == job.Failed {
			failed++
		}
		failed += a.failedSubJobs(sub, f)
	}
	return failed
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
