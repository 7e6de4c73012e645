package config

import "testing"

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
		{"huaweicloud", "eu-west-101", nil, "cfw", "https://cfw.eu-west-101.myhuaweicloud.eu"},
		{"huaweicloud", "eu-west-101", nil, "elb", "https://elb.eu-west-101.myhuaweicloud.com"},
		{"otc", "eu-de", override, "iam", "https://iam.example.com/v3"},
		{"otc", "eu-de", override, "elb", "http://127.0.0.1:8080/base"},
		{"otc", "eu-de", override, "cfw", "https://cfw.eu-de.otc.t-systems.com"},
		{"", "", map[string]string{"iam": "https://iam.example.com/v3/"}, "iam", "https://iam.example.com/v3"},
		{"", "", override, "cfw", ""},
	} {
		p := Project{Cloud: tc.cloud, Region: tc.region, Endpoints: tc.endpoints}
		if got := p.Endpoint(tc.service); got != tc.want {
			t.Errorf("%s %s %v: %s is at %q, want %q", tc.cloud, tc.region, tc.endpoints, tc.service, got, tc.want)
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
