package clouds

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// maxFile is the size in bytes of the largest clouds.yaml that is read.
const maxFile = 1 << 20

// ErrNotFound is in the error about a file or an entry that is not there, and may be
// mounted later.
var ErrNotFound = errors.New("not found")

// searchFolders returns the folders in which OpenStack's clients look for
// clouds.yaml, secure.yaml and clouds-public.yaml, the first match winning
// (openstacksdk, "Configuring OpenStack SDK Applications").
func searchFolders() []string {
	folders := []string{"."}
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		folders = append(folders, filepath.Join(dir, "openstack"))
	}
	if dir := os.Getenv("HOME"); dir != "" {
		folders = append(folders, filepath.Join(dir, ".config", "openstack"))
	}
	site := os.Getenv("XDG_CONFIG_DIRS")
	if site == "" {
		site = "/etc/xdg"
	}
	for _, dir := range filepath.SplitList(site) {
		if dir != "" {
			folders = append(folders, filepath.Join(dir, "openstack"))
		}
	}
	return append(folders, "/etc/openstack")
}

// findFile returns the first file that exists: the one that the environment
// variable names, then base with each suffix in each folder. It is empty if there
// is none.
func findFile(variable, base string, folders []string) string {
	var paths []string
	if path := os.Getenv(variable); path != "" {
		paths = append(paths, path)
	}
	for _, folder := range folders {
		for _, suffix := range []string{".yaml", ".yml", ".json"} {
			paths = append(paths, filepath.Join(folder, base+suffix))
		}
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil { //nolint:gosec // the user who starts the exporter names the folders
			return path
		}
	}
	return ""
}

// readFile parses a file. The error never quotes it.
func readFile(path string) (value, error) {
	root := value{file: path, budget: new(maxNodes)}
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return root, root.errorf("cannot be read: %s", withoutPath(err))
	}
	if isJSON(path) {
		if data, err = plainJSON(data); err != nil {
			return root, root.errorf("not valid JSON")
		}
	}
	root.Node, err = strictyaml.Parse(path, data)
	return root, err
}

func isJSON(path string) bool { return strings.HasSuffix(path, ".json") }

// plainJSON is JSON that is YAML, too: without tabs in the indentation, and without
// the escapes that YAML does not have. Its lines are others.
func plainJSON(data []byte) ([]byte, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return json.Marshal(v)
}

// withoutPath returns the cause of an error that names the file, too.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
