package provider

// apis is the table of all APIs. The first version of a provider is its default.
var apis = []*API{
	cfw,
	elbV1, elbV3,
	ecs,
	evs,
	ims,
	bms,
	sdrs,
	dcs,
	sfsTurbo,
	rds,
	dds,
	taurusDB,
	gaussDB,
	ddm,
	dws,
	cbr,
	cceV3, cceV2,
}
