package docs_test

import (
	"encoding/json"
	"os/exec"
	"testing"
)

func TestDependenciesAreListed(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var documented, direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	for _, row := range tableRows(t, document(t, "docs/dependencies.md"), "module | why | brings | licence") {
		documented = append(documented, row[0])
	}
	compare(t, documented, direct)
}
