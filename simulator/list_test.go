package simulator

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// listed has all lists with offset and limit paging. A bubble starts at 2000-01-01T00:00:00Z.
var listed = []struct {
	api       API
	needs     string // parameters of every request
	rows, id  string // keys
	total     string
	otherwise int    // default limit
	most      string // highest limit
	numbered  bool   // the offset counts pages
	bad       []string
}{
	{api: DCS, rows: "tasks", id: "job_id", total: "task_count", otherwise: 10, most: "1000", bad: []string{"limit=0", "limit=1001", "start_time=2000-01-01T00:00:00Z"}},
	{api: RDS, rows: "tasks", id: "id", total: "total_count", otherwise: 10, most: "50", bad: []string{"limit=0", "limit=51", "start_time=946684800000", "start_time=2000-01-01T00:00:00Z&end_time=2000-01-01T00:00:00Z"}},
	{
		api: DDS, needs: "start_time=2000-01-01T00:00:00Z&end_time=2000-01-31T00:00:00Z", rows: "jobs", id: "id", otherwise: 100, most: "100",
		bad: []string{"limit=0", "limit=101", "end_time=2000-01-31T00:00:01Z", "end_time=1999-12-31T00:00:00Z"},
	},
	{api: TaurusDB, numbered: true, rows: "jobs", id: "job_id", total: "total_count", otherwise: 10, most: "50", bad: []string{"limit=1", "limit=30", "limit=100"}},
	{api: GaussDB, rows: "tasks", id: "job_id", total: "total_count", otherwise: 100, most: "100", bad: []string{"limit=0", "limit=101", "id=x"}},
	{
		api: DDM, needs: "start_time=946684800000&end_time=949276800000", rows: "jobs", id: "id", total: "total", otherwise: 10, most: "128",
		bad: []string{"limit=0", "limit=129", "status=Running", "start_time=900000000000"},
	},
	{api: CBR, rows: "operation_logs", id: "id", total: "count", otherwise: 1000, most: "1000", bad: []string{"limit=0", "limit=1001", "start_time=946684800000"}},
}

func TestOffsetLists(t *testing.T) {
	for _, l := range listed {
		t.Run(string(l.api), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestCloud(t, Options{})
				begin := time.Now()
				for i := range 25 {
					c.AddJob(Job{
						API: l.api, ProjectID: testProject, ID: fmt.Sprintf("j%02d", i), Type: fmt.Sprint("type", i%2),
						Begin: begin.Add(time.Duration(i) * time.Minute), Plan: l.api.Hangs(),
					})
				}
				c.AddJob(Job{API: l.api, ProjectID: otherProject, ID: "other", Begin: begin, Plan: l.api.Hangs()})
				time.Sleep(24 * time.Hour)
				row := l.api.row()
				path := func(query string) string {
					return row.at(row.listPath, "") + "?" + strings.Trim(l.needs+"&"+query, "&")
				}
				ids := func(query string) (ids []string, body map[string]any) {
					answer := get(t, c, path(query))
					wantAnswer(t, answer, 200, "")
					decode(t, answer, &body)
					for _, r := range body[l.rows].([]any) {
						ids = append(ids, r.(map[string]any)[l.id].(string))
					}
					return ids, body
				}

				all, body := ids("limit=" + l.most)
				if len(all) != 25 || all[0] != "j24" || all[24] != "j00" {
					t.Errorf("jobs are %v, want all of them, the newest first", all)
				}
				if l.total != "" && fmt.Sprint(body[l.total]) != "25" {
					t.Errorf("the total is %v", body[l.total])
				}
				if first, _ := ids(""); len(first) != min(25, l.otherwise) {
					t.Errorf("without a limit there are %d jobs, want %d", len(first), l.otherwise)
				}
				third := "limit=10&offset=20"
				if l.numbered {
					third = "limit=10&offset=3"
				}
				if last, _ := ids(third); strings.Join(last, " ") != "j04 j03 j02 j01 j00" {
					t.Errorf("the last page has %v", last)
				}
				if beyond, body := ids("offset=25"); len(beyond) != 0 || body[l.rows] == nil {
					t.Errorf("beyond the last page there is %v", body)
				}
				for _, query := range append(l.bad, "limit=-1", "limit=x", "offset=-1", "offset=x", "start_time=x", "none=1") {
					name, _, _ := strings.Cut(query, "=")
					needs := l.needs
					l.needs = without(needs, name)
					wantAnswer(t, get(t, c, path(query)), 400, "rror")
					l.needs = needs
				}
			})
		})
	}
}

// without takes a parameter out of a query.
func without(query, name string) string {
	var kept []string
	for p := range strings.SplitSeq(query, "&") {
		if !strings.HasPrefix(p, name+"=") {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "&")
}
