package simulator

import (
	"testing"
	"time"
)

// cceExample is the job of "Reading a Job Progress", with times in UTC.
func cceExample(t *testing.T) Job {
	begin, running := instant(t, "2020-02-02T08:12:40.672772389Z"), instant(t, "2020-02-02T08:21:50.478108569Z")
	sub := instant(t, "2020-02-02T03:52:34.615819618Z")
	return Job{
		API: CCEv3, ProjectID: testProject, ID: "354331b2c-229a-11e8-9c75-0255ac100ceb", Type: "CreateCluster",
		ResourceID: "6f4dcb2c-229a-11e8-9c75-0255ac100ceb", Begin: begin,
		Plan: Plan{{0, "Initializing"}, {running.Sub(begin), "Running"}},
		SubJobs: []Job{{
			ID: "fd474fab-9606-11e8-baa9-0255ac10215d", Type: "InstallMaster", ResourceID: "fd3b4ac0-9606-11e8-baa8-0255ac10215d",
			Begin: sub, Plan: CCEv3.Succeeds(instant(t, "2020-02-02T04:05:29.196243031Z").Sub(sub)),
		}},
	}
}

// TestCCE compares with the example but for the cluster and the server of the
// sub-job, which are those of the job.
func TestCCE(t *testing.T) {
	j := cceExample(t)
	wantJob(t, j, j.Begin.Add(time.Hour), `{"kind":"Job","apiVersion":"v3",
		"metadata":{"uid":"354331b2c-229a-11e8-9c75-0255ac100ceb","creationTimestamp":"2020-02-02 08:12:40.672772389 +0000 UTC","updateTimestamp":"2020-02-02 08:21:50.478108569 +0000 UTC"},
		"spec":{"type":"CreateCluster","clusterUID":"4d1ecb2c-229a-11e8-9c75-0255ac100ceb","resourceID":"6f4dcb2c-229a-11e8-9c75-0255ac100ceb","resourceName":"cluster-name",
		"extendParam":{"serverID":"bc467e3a-2338-11e8-825b-0255ac100c13"},
		"subJobs":[{"kind":"Job","apiVersion":"v3","metadata":{"uid":"fd474fab-9606-11e8-baa9-0255ac10215d","creationTimestamp":"2020-02-02 03:52:34.615819618 +0000 UTC","updateTimestamp":"2020-02-02 04:05:29.196243031 +0000 UTC"},
		"spec":{"type":"InstallMaster","clusterUID":"4d1ecb2c-229a-11e8-9c75-0255ac100ceb","resourceID":"fd3b4ac0-9606-11e8-baa8-0255ac10215d","extendParam":{"serverID":"bc467e3a-2338-11e8-825b-0255ac100c13"}},
		"status":{"phase":"Success","reason":""}}]},
		"status":{"phase":"Running","reason":""}}`)
}

func TestCCEv2HasAnEnd(t *testing.T) {
	j := cceExample(t)
	j.API, j.Begin, j.FailReason = CCEv2, instant(t, "2025-09-02T11:20:00Z"), "Something bad happened at server, recycle resource"
	j.Plan = CCEv2.Fails(instant(t, "2025-09-02T11:26:03.218087Z").Sub(j.Begin))
	// A middle sub-job without a status of its own.
	j.SubJobs = []Job{{ID: "m", Type: "Step", Plan: Plan{{0, ""}}, SubJobs: []Job{{ID: "n", Type: "Part", Plan: CCEv2.Succeeds(time.Second)}}}}
	wantJob(t, j, j.Begin.Add(time.Hour), `{"kind":"Job","apiVersion":"v2",
		"metadata":{"uid":"354331b2c-229a-11e8-9c75-0255ac100ceb","creationTimestamp":"2025-09-02 11:20:00 +0000 UTC","updateTimestamp":"2025-09-02 11:26:03.218087 +0000 UTC"},
		"spec":{"type":"CreateCluster","clusteruid":"4d1ecb2c-229a-11e8-9c75-0255ac100ceb","resourceid":"6f4dcb2c-229a-11e8-9c75-0255ac100ceb","resourcename":"cluster-name",
		"extendparam":{"serverid":"bc467e3a-2338-11e8-825b-0255ac100c13"},
		"subjobs":[{"kind":"Job","apiVersion":"v2","metadata":{"uid":"m","creationTimestamp":"2025-09-02 11:20:00 +0000 UTC","updateTimestamp":"2025-09-02 11:20:01 +0000 UTC"},
		"spec":{"type":"Step","clusteruid":"4d1ecb2c-229a-11e8-9c75-0255ac100ceb","resourceid":"","extendparam":{"serverid":"bc467e3a-2338-11e8-825b-0255ac100c13"},
		"subjobs":[{"kind":"Job","apiVersion":"v2","metadata":{"uid":"n","creationTimestamp":"2025-09-02 11:20:00 +0000 UTC","updateTimestamp":"2025-09-02 11:20:01 +0000 UTC"},
		"spec":{"type":"Part","clusteruid":"4d1ecb2c-229a-11e8-9c75-0255ac100ceb","resourceid":"","extendparam":{"serverid":"bc467e3a-2338-11e8-825b-0255ac100c13"}},
		"status":{"status":"Success","reason":"","completionTime":"2025-09-02 11:20:01 +0000 UTC"}}]}}]},
		"status":{"status":"Failed","reason":"Something bad happened at server, recycle resource","completionTime":"2025-09-02 11:26:03.218087 +0000 UTC"}}`)
}

// TestCCEShowsTheSameJobsInBothVersions also lists them, whatever the parameters.
func TestCCEShowsTheSameJobsInBothVersions(t *testing.T) {
	c := newTestCloud(t, Options{})
	for api, id := range map[API]string{CCEv3: "three", CCEv2: "two"} {
		c.AddJob(Job{API: api, ProjectID: testProject, ID: id, Begin: time.Now(), Plan: api.Hangs()})
	}
	for _, id := range []string{"two", "three"} {
		wantAnswer(t, get(t, c, "/cce/api/v3/projects/"+testProject+"/jobs/"+id), 200, `"phase":"Running"`)
		wantAnswer(t, get(t, c, "/cce/api/v2/projects/"+testProject+"/jobs/"+id), 200, `"status":"Running"`)
	}
	for _, query := range []string{"", "?limit=1&offset=1"} {
		var all []struct{ Metadata struct{ UID string } }
		decode(t, get(t, c, "/cce/api/v2/projects/"+testProject+"/jobs"+query), &all)
		if len(all) != 2 || all[0].Metadata.UID != "three" || all[1].Metadata.UID != "two" {
			t.Errorf("%s: the list is %v, want three and two", query, all)
		}
	}
	c.RemoveJob(CCEv3, testProject, "two")
	if _, ok := c.Truth(CCEv2, testProject, "two", time.Now()); ok {
		t.Error("a removed job is still known")
	}
	wantAnswer(t, get(t, newTestCloud(t, Options{}), "/cce/api/v2/projects/"+testProject+"/jobs"), 200, "[]")
}
