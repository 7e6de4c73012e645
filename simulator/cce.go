package simulator

import (
	"net/http"
	"net/url"
)

// cce is the shape of a job in one version of CCE's API: a Kubernetes object with
// times in the format of [time.Time.String]. The status object is omitted for a
// status of "", as some real sub-jobs have none.
type cce struct {
	version, status         string // status is the key of the status word
	cluster, resource, name string // keys
	extend, server, subJobs string
	endTime                 string // key; empty: the API has no end time
}

// cceV3 is as in "Reading a Job Progress", Cloud Container Engine API Reference;
// cceV2 is the form of version 2.
var (
	cceV3 = cce{
		version: "v3", status: "phase", cluster: "clusterUID", resource: "resourceID", name: "resourceName",
		extend: "extendParam", server: "serverID", subJobs: "subJobs",
	}
	cceV2 = cce{
		version: "v2", status: "status", cluster: "clusteruid", resource: "resourceid", name: "resourcename",
		extend: "extendparam", server: "serverid", subJobs: "subjobs", endTime: "completionTime",
	}
)

func (c cce) shape(v view, _ Options) any { return c.job(v, "cluster-name") }

func (c cce) job(v view, name string) object {
	const layout = "2006-01-02 15:04:05.999999999 -0700 MST"
	spec := object{
		"type": v.Type, c.cluster: cceCluster, c.resource: v.ResourceID,
		c.extend: object{c.server: "bc467e3a-2338-11e8-825b-0255ac100c13"},
	}
	if name != "" {
		spec[c.name] = name
	}
	var sub []object
	for _, s := range v.sub {
		sub = append(sub, c.job(s, ""))
	}
	if sub != nil {
		spec[c.subJobs] = sub
	}
	job := object{
		"kind": "Job", "apiVersion": c.version, "spec": spec,
		"metadata": object{
			"uid": v.ID, "creationTimestamp": formatTime(v.begin, layout), "updateTimestamp": formatTime(v.updated(), layout),
		},
	}
	if v.status != "" {
		status := object{c.status: v.status, "reason": v.FailReason}
		if c.endTime != "" && !v.end.IsZero() {
			status[c.endTime] = formatTime(v.end, layout)
		}
		job["status"] = status
	}
	return job
}

const cceCluster = "4d1ecb2c-229a-11e8-9c75-0255ac100ceb"

// cceList answers with a bare array of all jobs. It documents no parameters and
// ignores any.
func cceList(_ *apiRow, jobs []view, _ url.Values, o Options) Answer {
	all := []any{}
	for _, v := range jobs {
		all = append(all, cceV2.shape(v, o))
	}
	return JSON(http.StatusOK, all)
}
