package deploy_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cloudjob_exporter/cli"
	"cloudjob_exporter/job"
)

const (
	shardsFolder = "kubernetes-shards"
	podIndex     = "metadata.labels['apps.kubernetes.io/pod-index']"
)

type variable struct {
	Name, Value string
	ValueFrom   struct {
		FieldRef struct {
			FieldPath string `yaml:"fieldPath"`
		} `yaml:"fieldRef"`
	} `yaml:"valueFrom"`
}

type statefulSet struct {
	Metadata metadata
	Spec     struct {
		Replicas    int
		ServiceName string `yaml:"serviceName"`
		Selector    struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata metadata
			Spec     struct {
				Containers []struct {
					Args []string
					Env  []variable
				}
			}
		}
	}
}

func shardsManifest[T any](t *testing.T, name string) T {
	t.Helper()
	var m T
	decode(t, read(t, filepath.Join(shardsFolder, name)), &m)
	return m
}

// TestEachPodIsAShard parses the command line and the environment of each pod.
func TestEachPodIsAShard(t *testing.T) {
	spec := shardsManifest[statefulSet](t, "statefulset.yaml").Spec
	container := spec.Template.Spec.Containers[0]
	for i := range spec.Replicas {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			for _, v := range container.Env {
				if v.ValueFrom.FieldRef.FieldPath == podIndex {
					v.Value = strconv.Itoa(i)
				}
				t.Setenv(v.Name, v.Value)
			}
			app, f := cli.New()
			if err := cli.Parse(app, container.Args); err != nil || f.Shard != (job.Shard{Index: i, Total: spec.Replicas}) {
				t.Errorf("got %+v of %d replicas, %v", f.Shard, spec.Replicas, err)
			}
		})
	}
	var documented struct{ Env []variable }
	_, block, _ := strings.Cut(read(t, "../docs/sharding.md"), "```yaml\nenv:\n")
	block, _, _ = strings.Cut(block, "\n```")
	decode(t, "env:\n"+block, &documented)
	if !slices.Equal(documented.Env, container.Env) {
		t.Errorf("docs/sharding.md has the environment %+v, the pods %+v", documented.Env, container.Env)
	}
}

// TestShardsAreDeployedAsOneExporterIs compares the pods line by line: what they have
// more is the shard and a place for the storage.
func TestShardsAreDeployedAsOneExporterIs(t *testing.T) {
	template := func(path string) []string {
		_, text, ok := strings.Cut(read(t, path), "\n  selector:\n")
		if !ok {
			t.Fatalf("%s has no selector", path)
		}
		text, _, _ = strings.Cut(text, "\n  volumeClaimTemplates:\n")
		return strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	one, shards := template("kubernetes/deployment.yaml"), template(shardsFolder+"/statefulset.yaml")
	var more []string
	for _, line := range shards {
		if len(one) > 0 && one[0] == line {
			one = one[1:]
		} else {
			more = append(more, strings.TrimSpace(line))
		}
	}
	if len(one) > 0 {
		t.Errorf("the shards lack %q and what follows", one[0])
	}
	for _, want := range []string{"- --storage.path=/var/lib/cloudjob_exporter/jobs.db", "mountPath: /var/lib/cloudjob_exporter"} {
		if !slices.Contains(more, want) {
			t.Errorf("the shards do not have %s", want)
		}
	}
	if len(more) != 10 {
		t.Errorf("the shards have more than shard and storage: %q", more)
	}
}

func TestTheShardsTakeThePlaceOfTheDeployment(t *testing.T) {
	k := shardsManifest[kustomization](t, "kustomization.yaml")
	if !slices.Equal(k.Resources, []string{"../kubernetes", "statefulset.yaml", "service.yaml"}) {
		t.Errorf("the resources are %v", k.Resources)
	}
	if base := manifest[kustomization](t, "kustomization.yaml"); !slices.Equal(k.Images, base.Images) {
		t.Errorf("the images are %v, those of one exporter %v", k.Images, base.Images)
	}
	var gone struct {
		Patch, Kind string
		Metadata    metadata
	}
	decode(t, strings.TrimPrefix(k.Patches[0].Patch, "$"), &gone)
	d := manifest[struct {
		Kind     string
		Metadata metadata
	}](t, "deployment.yaml")
	if len(k.Patches) != 1 || gone.Patch != "delete" || gone.Kind != d.Kind || gone.Metadata.Name != d.Metadata.Name {
		t.Errorf("the patch is %+v", gone)
	}

	spec := shardsManifest[statefulSet](t, "statefulset.yaml").Spec
	s := shardsManifest[service](t, "service.yaml")
	pod := spec.Template.Metadata.Labels
	if !contains(pod, s.Spec.Selector) || !contains(pod, spec.Selector.MatchLabels) || s.Metadata.Name != spec.ServiceName {
		t.Errorf("the Service %s selects %v, the StatefulSet names %s and selects %v, pods have %v",
			s.Metadata.Name, s.Spec.Selector, spec.ServiceName, spec.Selector.MatchLabels, pod)
	}
	if m := manifest[serviceMonitor](t, "servicemonitor.yaml").Spec; contains(s.Metadata.Labels, m.Selector.MatchLabels) {
		t.Error("the ServiceMonitor selects both Services, and each pod is scraped twice")
	}
	if base := manifest[service](t, "service.yaml"); !contains(pod, base.Spec.Selector) {
		t.Errorf("the Service of one exporter does not select the pods: %v", pod)
	}
}
