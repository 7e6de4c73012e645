// Package deploy_test asserts that the files in this folder agree with each
// other, with the image and with the alert rules.
package deploy_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// find returns the only submatch of a pattern in a file.
func find(t *testing.T, path, pattern string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)"+pattern).FindAllStringSubmatch(read(t, path), -1)
	if len(found) != 1 {
		t.Fatalf("%s: %d matches of %s, want 1", path, len(found), pattern)
	}
	return found[0][1]
}

// contains reports whether all labels of a selector are in a set.
func contains(labels, selector map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return len(selector) > 0
}

func theContainer(t *testing.T) container {
	t.Helper()
	containers := manifest[deployment](t, "deployment.yaml").Spec.Template.Spec.Containers
	if len(containers) != 1 {
		t.Fatalf("%d containers", len(containers))
	}
	return containers[0]
}

// TestImage asserts that the manifests run the image that make docker builds, at
// any version.
func TestImage(t *testing.T) {
	name := find(t, "../Makefile", `^IMAGE +\?= (\S+)$`)
	tag := find(t, "../Makefile", `build -t .* -t \$\(IMAGE\):(\w+) `)
	if got := theContainer(t).Image; got != name+":"+tag {
		t.Errorf("the Deployment runs %s, make docker builds %s:%s", got, name, tag)
	}
	images := manifest[kustomization](t, "kustomization.yaml").Images
	if len(images) != 1 || images[0].Name != name || images[0].NewName != name || images[0].NewTag != tag {
		t.Errorf("the kustomization sets %+v, make docker builds %s:%s", images, name, tag)
	}
	if tag == "latest" {
		t.Error("an image with the tag latest is always pulled, also if it was built here")
	}
}

func TestContainerMatchesDockerfile(t *testing.T) {
	const dockerfile = "../Dockerfile"
	c := theContainer(t)
	var args []string
	decode(t, find(t, dockerfile, `^CMD (.*)$`), &args)
	if len(c.Command) > 0 || !slices.Equal(c.Args, args) {
		t.Errorf("got command %q and args %q, want none and %q", c.Command, c.Args, args)
	}
	pod := manifest[deployment](t, "deployment.yaml").Spec.Template.Spec
	s := pod.SecurityContext
	user := strconv.Itoa(s.RunAsUser) + ":" + strconv.Itoa(s.RunAsGroup)
	if want := find(t, dockerfile, `^USER (.*)$`); user != want || s.FSGroup != s.RunAsGroup {
		t.Errorf("runs as %s with the group %d for files, want %s", user, s.FSGroup, want)
	}
	port := find(t, dockerfile, `^EXPOSE (.*)$`)
	if len(c.Ports) != 1 || strconv.Itoa(c.Ports[0].ContainerPort) != port {
		t.Fatalf("got ports %v, want %s", c.Ports, port)
	}
	for want, p := range map[string]probe{"/-/ready": c.Readiness, "/-/healthy": c.Liveness} {
		if p.HTTPGet.Path != want || p.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("got the probe %+v, want %s at port %s", p, want, c.Ports[0].Name)
		}
	}
	mounted := map[string]bool{}
	for _, m := range c.VolumeMounts {
		mounted[m.Name] = true
	}
	for _, v := range pod.Volumes {
		file, name := "configmap.yaml", v.ConfigMap.Name
		if name == "" {
			file, name = "secret.yaml", v.Secret.Name
		}
		if got := manifest[struct{ Metadata metadata }](t, file).Metadata.Name; got != name || !mounted[v.Name] {
			t.Errorf("the volume %s is of %s, mounted: %t; %s has the name %s", v.Name, name, mounted[v.Name], file, got)
		}
	}
}

func TestServiceSelectsPods(t *testing.T) {
	d := manifest[deployment](t, "deployment.yaml").Spec
	s := manifest[service](t, "service.yaml").Spec
	if pod := d.Template.Metadata.Labels; !contains(pod, s.Selector) || !contains(pod, d.Selector.MatchLabels) {
		t.Errorf("the Service selects %v, the Deployment %v, pods have %v", s.Selector, d.Selector.MatchLabels, pod)
	}
	port := theContainer(t).Ports[0]
	if len(s.Ports) != 1 || s.Ports[0].TargetPort != port.Name || s.Ports[0].Port != port.ContainerPort {
		t.Errorf("the Service has the ports %+v, the container %+v", s.Ports, port)
	}
}

// TestServiceMonitor asserts that the targets get the label job that the rules
// ask for, and the intervals that docs/alerting.md recommends.
func TestServiceMonitor(t *testing.T) {
	s := manifest[service](t, "service.yaml")
	m := manifest[serviceMonitor](t, "servicemonitor.yaml").Spec
	if !contains(s.Metadata.Labels, m.Selector.MatchLabels) {
		t.Errorf("the ServiceMonitor selects %v, the Service has %v", m.Selector.MatchLabels, s.Metadata.Labels)
	}
	jobs := map[string]bool{}
	for _, found := range regexp.MustCompile(`up\{job="([^"]*)"\}`).FindAllStringSubmatch(read(t, rulesFile), -1) {
		jobs[found[1]] = true
	}
	if got := s.Metadata.Labels[m.JobLabel]; len(jobs) != 1 || !jobs[got] {
		t.Errorf("the label job will be %q, the rules expect %v", got, slices.Collect(maps.Keys(jobs)))
	}
	if len(m.Endpoints) != 1 {
		t.Fatalf("%d endpoints", len(m.Endpoints))
	}
	e := m.Endpoints[0]
	if e.Port != s.Spec.Ports[0].Name {
		t.Errorf("scrapes the port %q, the Service has %q", e.Port, s.Spec.Ports[0].Name)
	}
	const docs = "../docs/alerting.md"
	for name, got := range map[string]string{"scrape_interval": e.Interval, "scrape_timeout": e.ScrapeTimeout} {
		if want := find(t, docs, "^\\| `"+name+"` of the scrape job \\| (\\w+) \\|"); got != want {
			t.Errorf("got %s %s, %s recommends %s", name, got, docs, want)
		}
	}
}

// TestOperatorSelects asserts that one patch, in one place, gives a label to
// whatever the Prometheus Operator must select.
func TestOperatorSelects(t *testing.T) {
	k := manifest[kustomization](t, "kustomization.yaml")
	if len(k.Patches) != 1 || !maps.Equal(k.Patches[0].Target, map[string]string{"group": "monitoring.coreos.com"}) {
		t.Fatalf("got the patches %+v, want one for all of monitoring.coreos.com", k.Patches)
	}
	var operations []struct{ Op, Path, Value string }
	decode(t, k.Patches[0].Patch, &operations)
	if len(operations) != 1 || operations[0].Op != "add" || operations[0].Path != "/metadata/labels/release" ||
		operations[0].Value != "kube-prometheus-stack" {
		t.Errorf("got %+v", operations)
	}
	kinds := map[string]bool{}
	for _, name := range k.Resources {
		m := manifest[struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   metadata
		}](t, name)
		if strings.HasPrefix(m.APIVersion, "monitoring.coreos.com/") {
			kinds[m.Kind] = true
			if len(m.Metadata.Labels) == 0 {
				t.Errorf("%s has no labels: the patch would fail", name)
			}
		}
	}
	if want := map[string]bool{"ServiceMonitor": true, "PrometheusRule": true}; !maps.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}

// TestSystemdPaths asserts that the unit, its user and the documentation name the
// same folder for state.
func TestSystemdPaths(t *testing.T) {
	state := "/var/lib/" + find(t, "systemd/cloudjob_exporter.service", `^StateDirectory=(\S+)$`)
	if home := find(t, "systemd/cloudjob_exporter.sysusers.conf", `^u .* (/\S+)$`); home != state {
		t.Errorf("the user's home is %s, the unit's state is in %s", home, state)
	}
	if want := "--storage.path=" + state + "/"; !strings.Contains(read(t, "../docs/storage.md"), want) {
		t.Errorf("docs/storage.md does not have %s", want)
	}
}
