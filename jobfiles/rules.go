package jobfiles

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
)

// rules are what the configuration in force allows.
type rules struct {
	parse    Parse
	verdicts map[kind]bool
}

// kind is what decides whether a group that was valid under one configuration is so
// under another. Thousands of files have few kinds, so that a reload need not read
// them all.
type kind struct {
	Provider   string
	Project    string
	APIVersion string `yaml:"api_version,omitempty"`
}

func newRules(parse Parse) *rules {
	return &rules{parse: parse, verdicts: make(map[kind]bool)}
}

// allowed is the groups that are valid: the same slice if all are.
func (r *rules) allowed(groups []config.Jobs) []config.Jobs {
	if !slices.ContainsFunc(groups, r.forbids) {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), r.forbids)
}

// forbids finds out by parsing a file with one group of the same kind.
func (r *rules) forbids(g config.Jobs) bool {
	k := kind{g.Provider, g.Project, g.APIVersion}
	forbidden, known := r.verdicts[k]
	if !known {
		text, err := yaml.Marshal([]any{struct {
			kind `yaml:",inline"`
			IDs  []string
		}{k, []string{"any"}}})
		if err == nil {
			_, err = r.parse("", text)
		}
		forbidden = err != nil
		r.verdicts[k] = forbidden
	}
	return forbidden
}
