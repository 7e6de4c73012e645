package dashboards

import (
	"fmt"

	"cloudjob_exporter/dashboards/grafana"

	"cloudjob_exporter/job"
)

func datasourceVariable() grafana.Variable {
	return grafana.Variable{
		Name: "datasource", Label: "Data source",
		Description: "The Prometheus that scrapes the exporter.",
		Datasource:  true,
	}
}

func jobVariable() grafana.Variable {
	return grafana.Variable{
		Name: "job", Label: "Job",
		Description: "The scrape job of Prometheus, not a job of the cloud.",
		Query:       "label_values(cloudjob_exporter_build_info, job)",
	}
}

func instanceVariable() grafana.Variable {
	return grafana.Variable{
		Name: "instance", Label: "Instance",
		Description: "The exporter.",
		Query:       `label_values(cloudjob_exporter_build_info{job=~"$job"}, instance)`,
	}
}

// labelVariable offers the values that a label has in the selected series.
func labelVariable(name, label, metric, matchers string) grafana.Variable {
	return grafana.Variable{
		Name: name, Label: label,
		Query: fmt.Sprintf("label_values(%s{%s}, %s)", metric, matchers, name),
	}
}

func statusVariable() grafana.Variable {
	v := grafana.Variable{
		Name: "status", Label: "Status",
		Description: "Narrows the panels over time and the durations. The numbers and tables at the top always show all that needs attention.",
	}
	for _, s := range job.Statuses() {
		v.Options = append(v.Options, grafana.Option{Value: s.String()})
	}
	return v
}

// consoleVariable is where the tables' links to the cloud's console lead.
func consoleVariable() grafana.Variable {
	return grafana.Variable{
		Name: "console", Label: "Console",
		Description: "Where the links from the tables to the console of the cloud lead.",
		Options: []grafana.Option{
			{Text: "Open Telekom Cloud", Value: "https://console.otc.t-systems.com"},
			{Text: "Huawei Cloud", Value: "https://console-intl.huaweicloud.com"},
		},
		Single: true,
	}
}
