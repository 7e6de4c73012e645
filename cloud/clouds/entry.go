package clouds

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
)

// entry is an entry of clouds.yaml, merged as OpenStack's clients do: what
// secure.yaml says takes precedence over clouds.yaml, and that over the profile.
type entry struct {
	start     value            // where the entry begins, for what it lacks
	top, auth map[string]value // by key, with _ for -
	profile   value            // the name of the profile; not given if there is none
	known     bool             // the profile has been found
	region    string           // empty if it has none
}

// loadEntry reads the entry of that name. Of a region's own values, those of
// region count; without it, or if the entry does not know it, of the first.
func loadEntry(name, region string) (*entry, error) {
	folders := searchFolders()
	file := findFile("OS_CLIENT_CONFIG_FILE", "clouds", folders)
	beside := folders
	if file != "" {
		beside = append(slices.Clone(folders), filepath.Dir(file))
	}
	secure := findFile("OS_CLIENT_SECURE_FILE", "secure", beside)
	if file == "" && secure == "" {
		return nil, missingFile(folders)
	}
	e := &entry{top: map[string]value{}, auth: map[string]value{}}
	var names []string
	for _, path := range []string{file, secure} { // the latter takes precedence
		entries, err := readSection(path, "clouds")
		if err != nil {
			return nil, err
		}
		names = append(names, slices.Collect(maps.Keys(entries))...)
		v, ok := entries[name]
		if ok && e.start.file == "" {
			e.start = v
		}
		if err := e.overlay(v); err != nil {
			return nil, err
		}
	}
	switch {
	case e.start.file == "":
		return nil, missingEntry(name, cmp.Or(file, secure), names)
	case len(e.top)+len(e.auth) == 0:
		return nil, e.start.errorf("is empty")
	}
	if err := e.addProfile(beside); err != nil {
		return nil, err
	}
	if err := e.chooseRegion(region); err != nil {
		return nil, err
	}
	return e, nil
}

func missingFile(folders []string) error {
	if path := os.Getenv("OS_CLIENT_CONFIG_FILE"); path != "" {
		folders = append([]string{path}, folders...)
	}
	return fmt.Errorf("clouds.yaml %w; looked for in %s", ErrNotFound, strings.Join(folders, ", "))
}

func missingEntry(name, file string, names []string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	const most = 10
	known := "none"
	if len(names) > 0 {
		known = sanitize.Message(strings.Join(names[:min(len(names), most)], ", "))
	}
	return fmt.Errorf("entry %s %w in %s, which has: %s", strconv.Quote(name), ErrNotFound, file, known)
}

// readSection reads the mapping below a key at the top of a file, if there is one.
func readSection(path, key string) (map[string]value, error) {
	if path == "" {
		return nil, nil
	}
	root, err := readFile(path)
	if err != nil {
		return nil, err
	}
	section, err := root.child(key)
	if err != nil {
		return nil, err
	}
	return section.mapping(false)
}

// overlay adds what v says, which takes precedence over what there is. Null and
// empty text say nothing.
func (e *entry) overlay(v value) error {
	return v.each(func(key string, child value) error {
		if key != "auth" {
			e.top[key] = child
			return nil
		}
		return child.each(func(key string, child value) error {
			e.auth[key] = child
			return nil
		})
	})
}

// addProfile adds the profile that the entry names to what the entry itself
// says: one of clouds-public.yaml, or the built-in one of Open Telekom Cloud.
func (e *entry) addProfile(folders []string) error {
	e.profile = e.top["profile"]
	if !e.profile.Given() {
		e.profile = e.top["cloud"] // the old name of that key
	}
	name, err := e.profile.text()
	if err != nil || name == "" {
		return err
	}
	if file := findFile("OS_CLIENT_VENDOR_FILE", "clouds-public", folders); file != "" {
		profiles, err := readSection(file, "public-clouds")
		if err != nil {
			return err
		}
		if profile, ok := profiles[name]; ok {
			e.known = true
			return e.underlay(profile)
		}
	}
	if strings.Contains(name, "://") {
		return e.profile.errorf("is a URL, and profiles are not fetched; write the profile's auth_url into auth")
	}
	e.known = name == builtInProfile
	return nil
}

// underlay adds what v says where the entry itself says nothing.
func (e *entry) underlay(v value) error {
	below := &entry{top: map[string]value{}, auth: map[string]value{}}
	err := below.overlay(v)
	if e.top["regions"].Given() || e.top["region_name"].Given() { // either replaces both
		delete(below.top, "regions")
		delete(below.top, "region_name")
	}
	maps.Copy(below.top, e.top)
	maps.Copy(below.auth, e.auth)
	e.top, e.auth = below.top, below.auth
	return err
}

const (
	builtInProfile = "otc"
	builtInRegion  = "eu-de" // the first of the profile otc in openstacksdk
)

// profileEndpoint returns the base URL of IAM that the built-in profile has.
func (e *entry) profileEndpoint() string {
	p := config.Project{Cloud: builtInProfile, Region: cmp.Or(e.region, builtInRegion)}
	return p.Endpoint(serviceIAM)
}

// chooseRegion finds the entry's region, and adds the values that it has for that
// region alone, which take precedence over all others.
func (e *entry) chooseRegion(want string) error {
	items, err := e.regions()
	if err != nil {
		return err
	}
	var values value
	for i, item := range items {
		m := map[string]value{"name": item}
		if item.is(yaml.MappingNode) {
			if m, err = item.mapping(true); err != nil {
				return err
			}
		}
		name, err := m["name"].text()
		if err != nil {
			return err
		}
		if i == 0 || name == want && want != "" {
			e.region, values = name, m["values"]
		}
	}
	e.region, _, _ = strings.Cut(e.region, ",") // an old way to write a list
	return e.overlay(values)
}

// regions returns the regions of the entry: names, or mappings with name and values.
func (e *entry) regions() ([]value, error) {
	for _, key := range regionKeys {
		switch v := e.top[key]; {
		case !v.Given():
		case v.is(yaml.SequenceNode):
			return v.items()
		default:
			return []value{v}, nil
		}
	}
	return nil, nil
}

var regionKeys = []string{"regions", "region_name"}
