package docs_test

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/provider"
)

const recipes = "docs/registration.md"

// registering launches an exporter that registers jobs of the project shop-prod.
func registering(t *testing.T) *process.Process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloudjob.yml")
	if err := os.WriteFile(path, []byte("projects:\n- {name: shop-prod, cloud: otc, region: eu-de, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, token: t0ken}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return process.Launch(t, exporterPath, "--config.file="+path, "--web.enable-registration")
}

// commands returns the commands of the recipes that use curl, by recipe, each as the
// shell gets it. Those of pipelines come out of their YAML, those of Terraform out of
// HCL.
func commands(t *testing.T) map[string]string {
	t.Helper()
	text := document(t, recipes)
	all := map[string]string{}
	for i, block := range codeBlocks(text, "sh") {
		if strings.HasPrefix(block, "curl ") {
			all["sh "+string(rune('a'+i))] = block
		}
	}
	var pipeline struct {
		Deploy struct{ Script []string }
		Jobs   struct {
			Deploy struct {
				Steps []struct{ Run string }
			}
		}
	}
	for _, block := range codeBlocks(text, "yaml") {
		_ = yaml.Unmarshal([]byte(block), &pipeline) // others are of other kinds
	}
	for _, command := range pipeline.Deploy.Script {
		if strings.HasPrefix(command, "curl ") {
			all["GitLab CI"] = command
		}
	}
	for _, step := range pipeline.Jobs.Deploy.Steps {
		if strings.Contains(step.Run, "curl ") {
			all["GitHub Actions"] = step.Run
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ *command += "(.*)"$`).FindAllStringSubmatch(strings.Join(codeBlocks(text, "hcl"), ""), -1) {
		method := regexp.MustCompile(`-X (\w+)`).FindStringSubmatch(m[1])
		all["Terraform "+method[1]] = strings.ReplaceAll(m[1], `\"`, `"`)
	}
	return all
}

// TestTheRecipesRegister runs what the recipes tell a pipeline to run, where there is
// a curl, and otherwise sends the request that they name.
func TestTheRecipesRegister(t *testing.T) {
	all := commands(t)
	if got := strings.Join(slices.Sorted(maps.Keys(all)), ", "); got != "GitHub Actions, GitLab CI, Terraform DELETE, Terraform PUT, sh a, sh c" {
		t.Fatalf("the recipes are %s", got)
	}
	p := registering(t)
	login := filepath.Join(t.TempDir(), "curlrc")
	if err := os.WriteFile(login, []byte("user = \"ci:pass-word\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, command := range all {
		t.Run(name, func(t *testing.T) {
			id := "of-" + strings.ReplaceAll(name, " ", "-")
			address := p.URL + "/api/v1/jobs/elb/shop-prod/" + id
			environment := map[string]string{
				"CLOUDJOB_URL": p.URL, "JOB_ID": id, "JOB_URL": address, "CLOUDJOB_CURLRC": login, "CLOUDJOB_LOGIN": "ci:pass-word",
			}
			deletes := strings.Contains(command, "-X DELETE")
			if deletes {
				if _, err := p.Do(http.MethodPut, "/api/v1/jobs/elb/shop-prod/"+id); err != nil {
					t.Fatal(err)
				}
			}
			run(t, p, command, environment)
			jobs, err := p.Get("/api/v1/jobs?q=" + id)
			if err != nil {
				t.Fatal(err)
			}
			if is := strings.Contains(jobs, `"job_id":"`+id+`"`); is == deletes || !deletes && !strings.Contains(jobs, `"api_version":"v3"`) {
				t.Errorf("%s\nleaves %s", command, jobs)
			}
		})
	}
}

// run runs a command of a recipe.
func run(t *testing.T, p *process.Process, command string, environment map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		request := regexp.MustCompile(`-X (\w+)\s+"([^"]*)"`).FindStringSubmatch(command)
		target := os.Expand(request[2], func(name string) string { return environment[name] })
		if _, err := p.Do(request[1], strings.TrimPrefix(target, p.URL)); err != nil {
			t.Error(err)
		}
		return
	}
	shell := exec.Command("sh", "-eu", "-c", command)
	shell.Env = []string{"PATH=" + os.Getenv("PATH"), "no_proxy=*"}
	for name, value := range environment {
		shell.Env = append(shell.Env, name+"="+value)
	}
	var errors bytes.Buffer
	shell.Stderr = &errors
	if err := shell.Run(); err != nil || errors.Len() > 0 {
		t.Errorf("%s\nfails: %v\n%s", command, err, errors.String())
	}
}

func TestTheAnsibleTaskRegisters(t *testing.T) {
	var task struct {
		URI struct {
			URL        string
			Method     string
			StatusCode []int `yaml:"status_code"`
		} `yaml:"ansible.builtin.uri"`
	}
	for _, block := range codeBlocks(document(t, recipes), "yaml") {
		var tasks []yaml.Node
		if strings.HasPrefix(block, "- name: ") && yaml.Unmarshal([]byte(block), &tasks) == nil {
			if err := tasks[0].Decode(&task); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(task.URI.StatusCode, []int{http.StatusOK, http.StatusCreated}) {
		t.Errorf("it expects %v", task.URI.StatusCode)
	}
	p := registering(t)
	path := strings.NewReplacer("{{ cloudjob_url }}", "", "{{ job_id }}", "of-ansible").Replace(task.URI.URL)
	if body, err := p.Do(task.URI.Method, path); err != nil || task.URI.Method != http.MethodPut || !strings.Contains(body, `"job_id":"of-ansible","api_version":"v3"`) {
		t.Errorf("%s %s: %s, %v", task.URI.Method, path, body, err)
	}
}

// TestTheRecipesAreGoodYAML also reads what they say about the configuration.
func TestTheRecipesAreGoodYAML(t *testing.T) {
	const projects = "projects:\n- {name: p, cloud: otc, region: eu-de, project_id: '1', metadata: true}\n"
	section := false
	for _, block := range codeBlocks(document(t, recipes), "yaml") {
		var v any
		if err := yaml.Unmarshal([]byte(block), &v); err != nil {
			t.Errorf("%v in\n%s", err, block)
		}
		if !strings.HasPrefix(block, "registration:") {
			continue
		}
		section = true
		options := config.Options{Providers: provider.Schema()}
		said, err := config.Parse(recipes, []byte(projects+block), options)
		if err != nil {
			t.Fatal(err)
		}
		if byDefault, err := config.Parse(recipes, []byte(projects), options); err != nil || said.Registration != byDefault.Registration {
			t.Errorf("%+v are no defaults: %v", said.Registration, err)
		}
	}
	if !section {
		t.Error("the section of the configuration is not shown")
	}
}
