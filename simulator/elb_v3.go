package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	elbV3Zoneless = "2006-01-02T15:04:05"
	maxListLimit  = 2000
)

type elbV3Job struct {
	Status     string        `json:"status"`
	BeginTime  *string       `json:"begin_time"`
	EndTime    *string       `json:"end_time"`
	JobID      string        `json:"job_id"`
	ResourceID string        `json:"resource_id"`
	JobType    string        `json:"job_type"`
	ErrorCode  string        `json:"error_code"`
	ErrorMsg   string        `json:"error_msg"`
	ProjectID  string        `json:"project_id"`
	Entities   []elbV3Entity `json:"entities,omitempty"` // of a sub-job
	SubJobs    []elbV3Job    `json:"sub_jobs,omitempty"`
}

type elbV3Entity struct {
	ResourceID   string `json:"resource_id"`
	ResourceType string `json:"resource_type"`
}

// elbV3Shape is as in "Querying the Status of an Asynchronous Task", Elastic
// Load Balance API Reference (ShowJob).
func elbV3Shape(v view, o Options) any { return newELBv3Job(v, o) }

func newELBv3Job(v view, o Options) elbV3Job {
	layout := elbV3Zoneless
	if !o.ELBv3TimesZoneless {
		layout += "Z"
	}
	j := elbV3Job{
		Status:     v.status,
		BeginTime:  orNull(formatTime(v.begin, layout)),
		EndTime:    orNull(formatTime(v.end, layout)),
		JobID:      v.ID,
		ResourceID: v.ResourceID,
		JobType:    v.Type,
		ErrorCode:  v.ErrorCode,
		ErrorMsg:   v.FailReason,
		ProjectID:  v.ProjectID,
	}
	for _, s := range v.sub {
		sub := newELBv3Job(s, o)
		sub.Entities = []elbV3Entity{{ResourceID: s.ResourceID, ResourceType: "loadbalancer"}}
		j.SubJobs = append(j.SubJobs, sub)
	}
	return j
}

type elbV3Page struct {
	Jobs      []elbV3Job `json:"jobs"`
	PageInfo  pageInfo   `json:"page_info"`
	RequestID string     `json:"request_id"`
}

type pageInfo struct {
	NextMarker     string `json:"next_marker,omitempty"` // absent on the last page
	PreviousMarker string `json:"previous_marker,omitempty"`
	CurrentCount   int    `json:"current_count"`
}

// elbV3List is as in "Querying the Asynchronous Tasks" (ListJobs). Jobs come in
// the order of their IDs, so that no page is disturbed by jobs that come and go.
// Paging backwards is not played.
func elbV3List(_ *apiRow, jobs []view, query url.Values, o Options) Answer {
	limit, marker := maxListLimit, ""
	var begunSince time.Time
	filters := map[string]string{}
	for name := range query {
		value, err := query.Get(name), error(nil)
		switch name {
		case "limit":
			limit, err = strconv.Atoi(value)
			if limit < 0 || limit > maxListLimit {
				err = strconv.ErrRange
			}
		case "begin_time":
			begunSince, err = time.Parse(elbV3Zoneless, value)
		case "marker":
			marker = value
		case "job_id", "job_type", "status", "error_code", "resource_id":
			filters[name] = value
		default:
			err = strconv.ErrSyntax
		}
		if err != nil {
			return JSON(http.StatusBadRequest, codeAndMessage{
				Code: "ELB.1004", Message: fmt.Sprintf("The query condition %s is invalid.", name), RequestID: requestID,
			})
		}
	}

	page := elbV3Page{Jobs: []elbV3Job{}, RequestID: requestID}
	more := false
	for _, v := range jobs {
		if v.ID <= marker || !v.matches(filters) || v.Begin.Before(begunSince) {
			continue
		}
		if more = len(page.Jobs) == limit; more {
			break
		}
		page.Jobs = append(page.Jobs, newELBv3Job(v, o))
	}
	if n := len(page.Jobs); n > 0 {
		page.PageInfo = pageInfo{PreviousMarker: page.Jobs[0].JobID, CurrentCount: n}
		if more {
			page.PageInfo.NextMarker = page.Jobs[n-1].JobID
		}
	}
	return JSON(http.StatusOK, page)
}

func (v view) matches(filters map[string]string) bool {
	has := map[string]string{
		"job_id": v.ID, "job_type": v.Type, "status": v.status, "error_code": v.ErrorCode, "resource_id": v.ResourceID,
	}
	for name, value := range filters {
		if has[name] != value {
			return false
		}
	}
	return true
}
