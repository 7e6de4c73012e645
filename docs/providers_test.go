package docs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/provider"
)

const providersFile = "docs/providers.md"

// eachAPI calls do with the name of each API, as the documentation has it.
func eachAPI(do func(name string, a *provider.API)) {
	for _, p := range provider.Schema() {
		versions := p.APIVersions
		if len(versions) == 0 {
			versions = []string{""}
		}
		for _, version := range versions {
			a, _ := provider.Find(p.Name, version)
			do(strings.TrimSpace(p.Name+" "+version), a)
		}
	}
}

func TestWordsOfTheAPIsAreDocumented(t *testing.T) {
	columns := []job.Status{job.Init, job.Running, job.Success, job.Failed, job.RollingBack, job.Canceled}
	var names []string
	for _, s := range columns {
		names = append(names, s.String())
	}
	var documented, actual []string
	for _, row := range tableRows(t, document(t, providersFile), "API | "+strings.Join(names, " | ")) {
		documented = append(documented, strings.Join(row, " | "))
	}
	eachAPI(func(name string, a *provider.API) {
		row := []string{name}
		for _, s := range columns {
			var words []string
			for _, word := range slices.Sorted(maps.Keys(a.Words)) {
				if a.Words[word] == s {
					words = append(words, word)
				}
			}
			row = append(row, strings.Join(words, ", "))
		}
		actual = append(actual, strings.Join(row, " | "))
	})
	compareInOrder(t, documented, actual)
}

func TestRequestsAreDocumented(t *testing.T) {
	var documented, actual []string
	for _, row := range tableRows(t, document(t, providersFile), "API | one job | list | paging") {
		documented = append(documented, strings.Join(row, " | "))
	}
	eachAPI(func(name string, a *provider.API) {
		row := []string{name, a.Path, "–", "–"}
		if a.IDQuery != "" {
			row[1] += "?" + a.IDQuery + "={job_id}"
		}
		if l := a.List; l != nil {
			row[2], row[3] = l.Path, "one page"
			if l.Paging != "" {
				row[3] = fmt.Sprintf("%s, %d a page", l.Paging, l.Limit)
			}
		}
		actual = append(actual, strings.Join(row, " | "))
	})
	compareInOrder(t, documented, actual)
}

func TestHostsAreDocumented(t *testing.T) {
	places := []struct{ cloud, region, domain string }{
		{"otc", "eu-de", ".eu-de.otc.t-systems.com"},
		{"otc", "eu-nl", ".eu-nl.otc.t-systems.com"},
		{"otc", "eu-ch2", ".eu-ch2.sc.otc.t-systems.com"},
		{"huaweicloud", "cn-north-4", ".cn-north-4.myhuaweicloud.com"},
		{"huaweicloud", "eu-west-101", ""},
	}
	var documented, actual []string
	for _, row := range tableRows(t, document(t, providersFile), "provider | otc eu-de | otc eu-nl | otc eu-ch2 | huaweicloud | huaweicloud eu-west-101") {
		documented = append(documented, strings.Join(row, " | "))
	}
	rows := map[string][]string{}
	for _, place := range places {
		c, err := config.Parse("c.yml", fmt.Appendf(nil, "projects: [{name: p, cloud: %s, region: %s, project_id: 1, metadata: true}]", place.cloud, place.region),
			config.Options{Providers: provider.Schema()})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range provider.Schema() {
			host := strings.TrimPrefix(c.Project("p").Endpoint(p.Name), "https://")
			if place.domain == "" { // which differs from service to service
				host = strings.Replace(host, "."+place.region+".myhuaweicloud", ", ", 1)
			}
			if host = strings.TrimSuffix(host, place.domain); host == "" {
				host = "–"
			}
			rows[p.Name] = append(rows[p.Name], host)
		}
	}
	for _, p := range provider.Schema() {
		actual = append(actual, p.Name+" | "+strings.Join(rows[p.Name], " | "))
	}
	compareInOrder(t, documented, actual)
}

func TestProvidersAreDocumented(t *testing.T) {
	var documented, actual []string
	for _, row := range tableRows(t, document(t, providersFile), "provider | clouds | jobs are kept | permission | quirks") {
		documented = append(documented, row[0])
	}
	for _, p := range provider.Schema() {
		actual = append(actual, p.Name)
	}
	compareInOrder(t, documented, actual)
}

// compareInOrder is compare for lines whose order means something, too.
func compareInOrder(t *testing.T, documented, actual []string) {
	t.Helper()
	compare(t, documented, actual)
	if !t.Failed() && !slices.Equal(documented, actual) {
		t.Errorf("documented in the order\n%s\nnot in that of the code:\n%s", strings.Join(documented, "\n"), strings.Join(actual, "\n"))
	}
}
