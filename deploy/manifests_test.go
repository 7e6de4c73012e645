package deploy_test

import (
	"path/filepath"
	"testing"
)

// What the tests need of each kind of object.

type metadata struct {
	Name   string
	Labels map[string]string
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

type container struct {
	Image     string
	Command   []string
	Args      []string
	Readiness probe `yaml:"readinessProbe"`
	Liveness  probe `yaml:"livenessProbe"`
	Ports     []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
}

type deployment struct {
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata metadata
			Spec     struct {
				SecurityContext struct {
					RunAsUser  int `yaml:"runAsUser"`
					RunAsGroup int `yaml:"runAsGroup"`
					FSGroup    int `yaml:"fsGroup"`
				} `yaml:"securityContext"`
				Containers []container
				Volumes    []struct {
					Name      string
					ConfigMap struct{ Name string } `yaml:"configMap"`
					Secret    struct {
						Name string `yaml:"secretName"`
					}
				}
			}
		}
	}
}

type service struct {
	Metadata metadata
	Spec     struct {
		Selector map[string]string
		Ports    []struct {
			Name       string
			Port       int
			TargetPort string `yaml:"targetPort"`
		}
	}
}

type serviceMonitor struct {
	Metadata metadata
	Spec     struct {
		JobLabel string `yaml:"jobLabel"`
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Endpoints []struct {
			Port, Interval string
			ScrapeTimeout  string `yaml:"scrapeTimeout"`
		}
	}
}

type kustomization struct {
	Resources []string
	Images    []struct {
		Name    string
		NewName string `yaml:"newName"`
		NewTag  string `yaml:"newTag"`
	}
	Patches []struct {
		Target map[string]string
		Patch  string
	}
}

// manifest decodes a file of the Kubernetes example.
func manifest[T any](t *testing.T, name string) T {
	t.Helper()
	var m T
	decode(t, read(t, filepath.Join("kubernetes", name)), &m)
	return m
}
