package config

import (
	"os"

	"cloudjob_exporter/strictyaml"
)

// decoder reads one file, and keeps what checks across its lists need.
type decoder struct {
	*strictyaml.Decoder
	providers []Provider
	lookupEnv func(string) (string, bool)

	// The mappings behind the lists of the same names, one for each element.
	projects, jobs, discover []strictyaml.Mapping

	jobFiles []strictyaml.Value

	registers bool // the section registration is there

	// unnamed is set if the list of projects is wrong, or has elements that are none.
	unnamed bool
}

func newDecoder(name string, o Options) *decoder {
	lookup := o.LookupEnv
	if lookup == nil {
		lookup = os.LookupEnv
	}
	return &decoder{Decoder: strictyaml.NewDecoder(name), providers: o.Providers, lookupEnv: lookup}
}
