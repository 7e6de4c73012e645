package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"cloudjob_exporter/simulator"
)

// A test makes a cloud, gives it a project and jobs, and points the client that
// it tests at the cloud. Then it lets things go wrong.
func Example() {
	cloud := simulator.New(simulator.Options{})
	defer cloud.Close()
	cloud.SetProject(simulator.Project{ID: "p1", Name: "eu-de_shop"})
	cloud.AddJob(simulator.Job{
		API: simulator.ELBv1, ProjectID: "p1", ID: "ff80", Type: "createELB",
		Begin: time.Now().Add(-time.Minute), Plan: simulator.ELBv1.Fails(30 * time.Second),
		ErrorCode: "ELB.1013", Timeless: true,
	})
	server, err := cloud.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Close() }()

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func() {
		req, _ := http.NewRequest(http.MethodGet, server.URL+"/v1.0/p1/jobs/ff80", nil)
		req.Header.Set("X-Auth-Token", cloud.IssueToken("p1"))
		resp, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		fmt.Println(resp.StatusCode, resp.Header.Get("Retry-After"), string(body))
	}
	ask()

	throttle := simulator.Throttle(simulator.ServiceELB, "30")
	throttle.Times = 1
	throttle.Body = []byte("{}")
	cloud.Inject(throttle)
	ask()

	fmt.Println(cloud.JobCalls(simulator.ServiceELB, "ff80"), "calls")
	// Output:
	// 200  {"status":"FAIL","entities":{},"job_id":"ff80","job_type":"createELB","begin_time":"","end_time":"","error_code":"ELB.1013","fail_reason":null}
	// 429 30 {}
	// 2 calls
}
