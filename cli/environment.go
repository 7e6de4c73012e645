package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/strictyaml"
)

// variablePrefix is what the environment variables of flags begin with.
const variablePrefix = "CLOUDJOB_EXPORTER_"

// serviceLink matches what Kubernetes sets in every pod for a Service called
// cloudjob-exporter, or whose name begins so; without the prefix.
var serviceLink = regexp.MustCompile(`^(\w+_)?(SERVICE_HOST=|SERVICE_PORT(_\w+)?=\d+$|PORT=\w+://|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=)`)

// ignoredVariable is an environment variable that has no effect, and why.
type ignoredVariable struct{ name, reason string }

// unknownVariables returns those that look like the variable of a flag and are
// none. It leaves out those of flags that take no variable, since images set
// CLOUDJOB_EXPORTER_VERSION.
func unknownVariables(app *kingpin.Application, environ []string) []ignoredVariable {
	var known []string
	for _, flag := range app.Model().Flags {
		if name, ok := strings.CutPrefix(flag.Envar, variablePrefix); ok {
			known = append(known, strings.ToLower(name))
		}
	}
	var unknown []ignoredVariable
	for _, entry := range environ {
		entry, ours := strings.CutPrefix(entry, variablePrefix)
		variable, _, _ := strings.Cut(entry, "=")
		name := strings.ToLower(variable)
		taken := slices.Contains(known, name) && variable == strings.ToUpper(variable)
		if !ours || taken || serviceLink.MatchString(entry) ||
			slices.Contains(printing, strings.ReplaceAll(name, "_", "-")) {
			continue
		}
		reason := "no flag has this variable"
		if near := strictyaml.Nearest(name, known); near != "" {
			reason += ", did you mean " + variablePrefix + strings.ToUpper(near) + "?"
		}
		unknown = append(unknown, ignoredVariable{variablePrefix + variable, reason})
	}
	slices.SortFunc(unknown, func(a, b ignoredVariable) int { return strings.Compare(a.name, b.name) })
	return unknown
}

// WarnIgnored logs which environment variables have no effect. It never logs a value.
func (f *Flags) WarnIgnored(logger log.Logger) {
	for _, v := range f.ignored {
		_ = level.Warn(logger).Log("msg", "environment variable ignored", "variable", v.name, "reason", v.reason)
	}
}

// Ignored returns, for --config.check, which environment variables have no effect, and
// why. It never has a value.
func (f *Flags) Ignored() []string {
	lines := make([]string, len(f.ignored))
	for i, v := range f.ignored {
		lines[i] = fmt.Sprintf("environment variable %s ignored: %s", v.name, v.reason)
	}
	return lines
}
