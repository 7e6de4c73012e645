package provider

import (
	"time"

	"cloudjob_exporter/job"
)

// at is a time of a fixture, in UTC.
func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.999999999", text)
	if err != nil {
		panic(err)
	}
	return t
}

var (
	ecsBegin, ecsEnd   = at("2016-04-25T20:04:34.604"), at("2016-04-25T20:08:41.593")
	evsBegin, evsEnd   = at("2016-03-08T07:40:13.219"), at("2016-03-08T07:40:19.119")
	imsBegin, imsEnd   = at("2024-11-06T07:39:45.814"), at("2024-11-06T07:49:45.814")
	sdrsBegin, sdrsEnd = at("2018-04-18T13:02:48.396"), at("2018-04-18T13:02:58.396")
	dcsBegin, dcsEnd   = at("2023-05-15T22:59:05.379"), at("2023-05-15T22:59:08.248")
	sfsBegin, sfsEnd   = at("2023-07-26T09:33:58"), at("2023-07-26T09:34:08")
	rdsBegin, rdsEnd   = at("2018-08-06T10:41:14"), at("2018-08-06T16:41:14")
	ddsBegin, ddsEnd   = at("2021-07-13T07:28:43"), at("2021-07-13T07:28:53")
	gaussBegin         = at("2021-07-12T01:22:04")
	gaussEnd           = at("2021-07-12T02:10:13")
	ddmBegin, ddmEnd   = at("2018-08-06T09:41:14"), at("2018-08-06T15:41:14")
	dwsBegin, dwsEnd   = at("2022-11-09T20:25:00"), at("2022-11-09T20:30:00")
	cbrBegin, cbrEnd   = at("2019-05-23T14:31:36.007"), at("2019-05-23T14:35:23.511")
	v3Created          = at("2020-02-02T08:12:40.672772389")
	v3Updated          = at("2020-02-02T08:21:50.478108569")
	v2Created          = at("2025-09-02T11:16:03.218087")
	v2Completed        = at("2025-09-02T11:26:03.218087")
)

var reportsCombined = map[string]job.Report{
	"ecs/success":         {Status: job.Success, Type: "createServer", Begin: ecsBegin, End: ecsEnd},
	"ecs/running":         {Status: job.Running, Type: "createServer", Begin: at("2022-02-17T05:41:55.441")},
	"ecs/failed":          {Status: job.Failed, Type: "createServer", Begin: ecsBegin, End: ecsEnd, ErrorCode: "Ecs.0319", FailReason: "the flavor is sold out", FailedSubJobs: 1},
	"ecs/pending_payment": {Status: job.Init, Type: "createServer", Begin: ecsBegin},

	"evs/success":   {Status: job.Success, Type: "createVolume", Begin: evsBegin, End: evsEnd},
	"evs/running":   {Status: job.Running, Type: "createVolume", Begin: evsBegin},
	"evs/listening": {Status: job.Running, Type: "extendVolume", Begin: evsBegin},
	"evs/failed":    {Status: job.Failed, Type: "batchCreateVolume", Begin: evsBegin, End: evsEnd, ErrorCode: "EVS.2024", FailReason: "quota", FailedSubJobs: 2},

	"ims/success":             {Status: job.Success, Type: "imsImportOvaImageJob", Begin: imsBegin, End: imsEnd},
	"ims/running":             {Status: job.Running, Type: "imsNativeExportImageJob", Begin: imsBegin},
	"ims/results_are_no_jobs": {Status: job.Success, Type: "imsAddImageMembersJob", Begin: imsBegin, End: imsBegin.Add(time.Second)},
	"ims/failed": {
		Status: job.Failed, Type: "imsImportOvaImageJob", Begin: imsBegin, End: imsEnd,
		ErrorCode: "IMG.0113", FailReason: "the format of the image is not supported", FailedSubJobs: 1,
	},
	"ims/odd_times": {
		Status: job.Success, Type: "imsImportImageJob",
		ParseIssue: `begin_time "04-Jun-2015 18:11:06:586" is no time; end_time "04-Jun-2015 18:12:06:586" is no time`,
	},

	"bms/success": {Status: job.Success, Type: "baremetalBatchCreate", Begin: ecsBegin, End: at("2016-04-25T20:38:41.593")},
	"bms/running": {Status: job.Running, Type: "baremetalAttachVolume", Begin: ecsBegin},
	"bms/failed":  {Status: job.Failed, Type: "baremetalBatchOperate", Begin: ecsBegin, End: ecsEnd, ErrorCode: "BMS.0114", FailReason: "no such server", FailedSubJobs: 1},

	"sdrs/success": {Status: job.Success, Type: "createProtectionGroupNoCG", Begin: sdrsBegin, End: sdrsEnd},
	"sdrs/running": {Status: job.Running, Type: "createProtectionGroupNoCG", Begin: sdrsBegin},
	"sdrs/failed":  {Status: job.Failed, Type: "failoverProtectionGroupNoCG", Begin: sdrsBegin, End: sdrsEnd, ErrorCode: "SDRS.1013", FailReason: "no capacity", FailedSubJobs: 1},
}

var reportsDatabases = map[string]job.Report{
	"rds/success": {Status: job.Success, Type: "CreateMysqlSingleHAInstance", Begin: rdsBegin, End: rdsEnd},
	"rds/running": {Status: job.Running, Type: "CreateMysqlSingleHAInstance", Begin: rdsBegin},
	"rds/failed":  {Status: job.Failed, Type: "CreateMysqlSingleHAInstance", Begin: rdsBegin, End: rdsEnd, FailReason: "createVM failed."},

	"dds/success":          {Status: job.Success, Type: "Create_MongoDB", Begin: ddsBegin, End: ddsEnd},
	"dds/running_with_end": {Status: job.Running, Type: "Create_MongoDB", Begin: ddsBegin},
	"dds/failed":           {Status: job.Failed, Type: "Create_MongoDB", Begin: ddsBegin, End: ddsEnd, FailReason: "no resources"},

	"taurusdb/two_zones":    {Status: job.Success, Type: "CreateMysqlInstance", Begin: at("2018-08-06T02:41:14"), End: rdsEnd},
	"taurusdb/unauthorized": {Status: job.Init, Type: "CreateMysqlInstance"},
	"taurusdb/running":      {Status: job.Running, Type: "CreateMysqlInstance"},
	"taurusdb/canceled":     {Status: job.Canceled, Type: "CreateMysqlInstance", Begin: rdsBegin, End: rdsEnd},
	"taurusdb/failed":       {Status: job.Failed, Type: "CreateMysqlInstance", Begin: rdsBegin, End: rdsEnd, FailReason: "no resources"},

	"gaussdb/success": {Status: job.Success, Type: "CreateGaussDBV5Instance", Begin: gaussBegin, End: gaussEnd},
	"gaussdb/running": {Status: job.Running, Type: "CreateGaussDBV5Instance", Begin: gaussBegin},
	"gaussdb/failed":  {Status: job.Failed, Type: "CreateGaussDBV5Instance", Begin: gaussBegin, End: gaussEnd, FailReason: "no resources"},

	"ddm/success":          {Status: job.Success, Type: "CreateInstance", Begin: ddmBegin, End: ddmEnd},
	"ddm/running_with_end": {Status: job.Running, Type: "CreateInstance", Begin: ddmBegin},
	"ddm/failed":           {Status: job.Failed, Type: "CreateInstance", Begin: ddmBegin, End: ddmEnd},
}

var reportsOthers = map[string]job.Report{
	"dcs/success": {Status: job.Success, Type: "masterStandbySwapJob", Begin: dcsBegin, End: dcsEnd},
	"dcs/running": {Status: job.Running, Type: "modifyClientIpTransJob", Begin: dcsBegin},
	"dcs/failed":  {Status: job.Failed, Type: "masterStandbySwapJob", Begin: dcsBegin, End: dcsEnd, FailReason: "the standby node is abnormal"},

	"sfs_turbo/success": {Status: job.Success, Type: "bind_ldap", Begin: sfsBegin, End: sfsEnd},
	"sfs_turbo/waiting": {Status: job.Init, Type: "extend_share", Begin: sfsBegin},
	"sfs_turbo/failed":  {Status: job.Failed, Type: "create_share", Begin: sfsBegin, End: sfsEnd, ErrorCode: "SFS.TURBO.9000", FailReason: "no space", FailedSubJobs: 1},

	"dws/success": {Status: job.Success, Type: "ecfClusterElbCreateJob", Begin: dwsBegin, End: dwsEnd},
	"dws/running": {Status: job.Running, Type: "ecfClusterElbCreateJob", Begin: dwsBegin},
	"dws/stopped": {Status: job.Canceled, Type: "ecfClusterElbCreateJob", Begin: dwsBegin, End: dwsEnd},
	"dws/failed": {
		Status: job.Failed, Type: "ecfClusterElbCreateJob", Begin: dwsBegin, End: dwsEnd,
		ErrorCode: "CreateELBTask-fail:DWS.0114", FailReason: "DWS.0114:ELB private IP is not configured.",
	},

	"cbr/success": {Status: job.Success, Type: "backup", Begin: cbrBegin, End: cbrEnd},
	"cbr/running": {Status: job.Running, Type: "backup", Begin: cbrBegin},
	"cbr/waiting": {Status: job.Init, Type: "backup"},
	"cbr/failed":  {Status: job.Failed, Type: "backup", Begin: cbrBegin, End: cbrEnd, ErrorCode: "BackupService.9999", FailReason: "no space"},
	"cbr/timeout": {Status: job.Failed, Type: "backup", Begin: cbrBegin, End: cbrEnd},
	"cbr/skipped": {Status: job.Canceled, Type: "backup", Begin: cbrBegin, End: cbrEnd},

	"cce-v3/success": {Status: job.Success, Type: "CreateCluster", Begin: v3Created, End: v3Updated},
	"cce-v3/running": {Status: job.Running, Type: "CreateCluster", Begin: v3Created},
	"cce-v3/failed":  {Status: job.Failed, Type: "CreateCluster", Begin: v3Created, End: v3Updated, FailReason: "the quota is exceeded", FailedSubJobs: 2},

	"cce-v2/success":      {Status: job.Success, Type: "CreateNode", Begin: v2Created, End: v2Completed},
	"cce-v2/running":      {Status: job.Running, Type: "CreateNode", Begin: v2Created},
	"cce-v2/initializing": {Status: job.Init, Type: "CreateNode", Begin: v2Created},
	"cce-v2/failed": {
		Status: job.Failed, Type: "CreateNode", Begin: v2Created, End: v2Completed,
		FailReason: "Something bad happened at server, recycle resource", FailedSubJobs: 1,
	},
}
