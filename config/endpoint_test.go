package config

import (
	"fmt"
	"testing"
)

func TestEndpoint(t *testing.T) {
	override := map[string]string{"iam": "https://iam.example.com/", "elb": "http://127.0.0.1:8080/base//"}
	for _, tc := range []struct {
		cloud, region string
		endpoints     map[string]string
		service, want string
	}{
		{"otc", "eu-de", nil, "iam", "https://iam.eu-de.otc.t-systems.com/v3"},
		{"otc", "eu-de", nil, "cfw", "https://cfw.eu-de.otc.t-systems.com"},
		{"otc", "eu-nl", nil, "elb", "https://elb.eu-nl.otc.t-systems.com"},
		{"otc", "eu-ch2", nil, "iam", "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3"},
		{"otc", "eu-ch2", nil, "elb", "https://elb.eu-ch2.sc.otc.t-systems.com"},
		{"otc", "eu-se", nil, "elb", ""},
		{"otc", "", nil, "elb", ""},
		{"", "eu-de", nil, "elb", ""},
		{"huaweicloud", "cn-north-4", nil, "iam", "https://iam.cn-north-4.myhuaweicloud.com/v3"},
		{"huaweicloud", "cn-north-4", nil, "cfw", "https://cfw.cn-north-4.myhuaweicloud.com"},
		{"huaweicloud", "eu-west-101", nil, "iam", "https://iam.eu-west-101.myhuaweicloud.eu/v3"},
		{"huaweicloud", "eu-west-101", nil, "elb", "https://elb.eu-west-101.myhuaweicloud.com"},
		{"otc", "eu-de", override, "iam", "https://iam.example.com/v3"},
		{"otc", "eu-de", override, "elb", "http://127.0.0.1:8080/base"},
		{"otc", "eu-de", override, "cfw", "https://cfw.eu-de.otc.t-systems.com"},
		{"", "", map[string]string{"iam": "https://iam.example.com/v3/"}, "iam", "https://iam.example.com/v3"},
		{"", "", override, "cfw", ""},
		{"otc", "eu-de", nil, "big_db", "https://db.eu-de.otc.t-systems.com"},
		{"otc", "eu-nl", nil, "big_db", ""},
		{"huaweicloud", "eu-west-101", nil, "big_db", "https://db.eu-west-101.myhuaweicloud.eu"},
		{"huaweicloud", "cn-north-4", nil, "big_db", "https://big-db.cn-north-4.myhuaweicloud.com"},
		{"huaweicloud", "", nil, "big_db", ""},
		{"otc", "eu-nl", map[string]string{"big_db": "https://db.example.com"}, "big_db", "https://db.example.com"},
	} {
		p := Project{Cloud: tc.cloud, Region: tc.region, Endpoints: tc.endpoints, providers: []Provider{bigDB}}
		if got := p.Endpoint(tc.service); got != tc.want {
			t.Errorf("%s %s %v: %s is at %q, want %q", tc.cloud, tc.region, tc.endpoints, tc.service, got, tc.want)
		}
	}
}

// bigDB is a provider whose hosts are called otherwise, and which some regions lack.
var bigDB = Provider{Name: "big_db", Hosts: []Host{
	{Cloud: "otc", Region: "eu-de", Name: "db"},
	{Cloud: "otc"},
	{Cloud: "huaweicloud", Region: "eu-west-101", Name: "db.eu-west-101.myhuaweicloud.eu"},
	{Cloud: "huaweicloud", Name: "big-db"},
}}

// TestHostsThatNobodyKnows expects an error that names what to put under endpoints.
func TestHostsThatNobodyKnows(t *testing.T) {
	o := options()
	o.Providers = append(o.Providers, bigDB, Provider{Name: "small_db", Hosts: []Host{{Cloud: "otc"}}})
	const in = "projects: [{name: p, cloud: otc, region: %s, project_id: 1, metadata: true%s}]\n"
	const jobs = "jobs:\n- {provider: big_db, project: p, ids: [a]}\n- {provider: small_db, project: p, ids: [a]}"
	for name, test := range map[string]struct{ region, endpoints, jobs, want string }{
		"two":             {"eu-nl", "", jobs, `c.yml:1: projects[0].region: no endpoint is known for big_db and small_db in region "eu-nl" of cloud "otc"; put big_db and small_db into endpoints`},
		"one":             {"eu-de", "", jobs, `c.yml:1: projects[0].region: no endpoint is known for small_db in region "eu-de" of cloud "otc"; put small_db into endpoints`},
		"beside another":  {"eu-nl", ", endpoints: {small_db: https://s}", jobs, `c.yml:1: projects[0].endpoints: no endpoint is known for big_db in region "eu-nl" of cloud "otc"; put big_db into endpoints`},
		"given":           {"eu-nl", ", endpoints: {small_db: https://s, big_db: https://b}", jobs, ""},
		"nobody uses it":  {"eu-nl", "", "", ""},
		"a bad one":       {"eu-nl", ", endpoints: {small_db: https://s, big_db: b}", jobs, `c.yml:1: projects[0].endpoints.big_db: must be a whole URL, like https://db.eu-de.otc.t-systems.com`},
		"no such version": {"eu-de", "", "discover: [{provider: lister, project: p, api_version: v3}]", `c.yml:2: discover[0].api_version: provider lister has only one API; leave it out`},
		"no types":        {"eu-de", "", "discover: [{provider: lister, project: p, job_types: [a]}]", `c.yml:2: discover[0].job_types: provider lister does not tell the type of a job; leave it out`},
		"none that lists": {"eu-de", "", "discover: [{provider: big_db, project: p}]", `c.yml:2: discover[0].provider: provider big_db has no API that lists jobs; elb and lister have`},
	} {
		o := o
		o.Providers = append(o.Providers, Provider{Name: "lister", Discover: []string{""}, Untyped: true})
		_, err := Parse("c.yml", fmt.Appendf(nil, in+"%s", test.region, test.endpoints, test.jobs), o)
		if err == nil && test.want != "" || err != nil && err.Error() != test.want {
			t.Errorf("%s: got  %v\nwant %s", name, err, test.want)
		}
	}
}

// TestPlaces has projects that say just enough; testdata/bad/places.yml has the others.
func TestPlaces(t *testing.T) {
	for name, text := range map[string]string{
		"only what jobs use": `
projects: [{name: p, project_id: 1, metadata: true, endpoints: {elb: https://e}}]
jobs: [{provider: elb, project: p, ids: [a]}]`,
		"one provider, for probes": `
projects: [{name: p, project_id: 1, metadata: true, endpoints: {cfw: https://e}}]`,
		"a token of IAM": `
projects: [{name: p, project_id: 1, username: u, password: p, domain_name: d, endpoints: {iam: https://i, elb: https://e}}]`,
		"a region of the future": `
projects: [{name: p, cloud: otc, region: eu-se, project_id: 1, metadata: true, endpoints: {elb: https://e, cfw: "", iam: ~}}]
discover: [{provider: elb, project: p}]`,
		"any region of Huawei": `
projects: [{name: p, cloud: huaweicloud, region: xx-new-9, project_id: 1, metadata: true}]`,
	} {
		t.Run(name, func(t *testing.T) {
			mustParse(t, text)
		})
	}
}
