package deploy_test

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cli"
	"cloudjob_exporter/config"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/strictyaml"
	"cloudjob_exporter/web"
)

// object is what the tests of the program's flags and configuration need of any
// Kubernetes object.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string // of a ConfigMap
	Text     map[string]string `yaml:"stringData"` // of a Secret
	Spec     struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Args  []string
					Ports []struct {
						ContainerPort int `yaml:"containerPort"`
					}
					VolumeMounts []struct{ Name, MountPath string } `yaml:"volumeMounts"`
				}
			}
		}
	}
}

// kubernetes reads the resources that the kustomization lists, by kind.
func kubernetes(t *testing.T) map[string]object {
	t.Helper()
	const folder = "kubernetes"
	list := manifest[kustomization](t, "kustomization.yaml")
	files, err := filepath.Glob(folder + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(list.Resources)+1 {
		t.Errorf("%d files, but %d in the kustomization", len(files)-1, len(list.Resources))
	}
	objects := map[string]object{}
	for _, name := range list.Resources {
		d := yaml.NewDecoder(strings.NewReader(read(t, filepath.Join(folder, name))))
		for {
			var o object
			if err := d.Decode(&o); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			objects[o.Kind] = o
		}
	}
	return objects
}

func TestKubernetesExample(t *testing.T) {
	objects := kubernetes(t)
	for _, kind := range []string{"ConfigMap", "Secret", "Deployment", "Service", "ServiceMonitor", "PrometheusRule"} {
		if o := objects[kind]; o.Metadata.Name != "cloudjob-exporter" {
			t.Errorf("%s: got the name %q", kind, o.Metadata.Name)
		}
	}
	container := objects["Deployment"].Spec.Template.Spec.Containers[0]
	app, f := cli.New()
	if _, err := app.Parse(container.Args); err != nil {
		t.Error(err)
	}
	mounts := map[string]string{}
	for _, m := range container.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	if !strings.HasPrefix(f.ConfigFile, mounts["config"]+"/") {
		t.Errorf("the configuration %s is not below %s", f.ConfigFile, mounts["config"])
	}
	c, err := config.Parse("configmap.yaml", []byte(objects["ConfigMap"].Data[filepath.Base(f.ConfigFile)]),
		config.Options{Providers: provider.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	for name := range objects["Secret"].Text {
		file := mounts["secret"] + "/" + name
		if !slices.ContainsFunc(c.Warnings, func(w strictyaml.Warning) bool { return strings.Contains(w.Text, file) }) {
			t.Errorf("the configuration does not use %s; warnings: %q", file, c.Warnings)
		}
	}
	if port := container.Ports[0].ContainerPort; !strings.HasSuffix(web.DefaultAddress, ":10994") || port != 10994 {
		t.Errorf("got port %d, and the default %s", port, web.DefaultAddress)
	}
}

func TestSystemdUnit(t *testing.T) {
	const folder = "systemd"
	unit := read(t, folder+"/cloudjob_exporter.service")
	app, f := cli.New()
	for line := range strings.Lines(unit) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch words := strings.Fields(value); {
		case key == "Environment":
			name, value, _ := strings.Cut(value, "=")
			t.Setenv(name, value)
		case strings.HasPrefix(key, "Exec") && strings.HasSuffix(words[0], cli.Program):
			if _, err := app.Parse(words[1:]); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			if f.ConfigFile != "/etc/cloudjob_exporter/cloudjob.yml" {
				t.Errorf("%s reads %s", key, f.ConfigFile)
			}
		}
	}
	users := read(t, folder+"/cloudjob_exporter.sysusers.conf")
	if user := strings.Fields(users)[1]; !strings.Contains(unit, "\nUser="+user+"\n") {
		t.Errorf("the unit does not run as %s", user)
	}
}
