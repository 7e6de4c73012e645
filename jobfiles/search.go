package jobfiles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cloudjob_exporter/strictyaml"
)

const separator = string(filepath.Separator)

// search finds what patterns match, and on the way everything whose change could make
// them match something else. Unlike filepath.Glob it tells a folder that cannot be
// listed from one that is empty.
type search struct {
	// files has what matches, or may: the names of files have no error, those of
	// folders that cannot be listed have it.
	files map[string]error
	// folders has what matters in which folder, without links in its path.
	folders map[string]*interest
	real    map[string]string // paths without their links
}

// interest is what matters in a folder.
type interest struct {
	names    map[string]bool
	patterns []string
}

func (i *interest) in(name string) bool {
	return i.names[name] || slices.ContainsFunc(i.patterns, func(p string) bool { return matches(p, name) })
}

func find(patterns []string) *search {
	s := &search{files: make(map[string]error), folders: make(map[string]*interest), real: make(map[string]string)}
	for _, p := range patterns {
		p = filepath.Clean(p)
		root := "."
		if filepath.IsAbs(p) {
			root, p = separator, p[1:]
		}
		s.walk(root, strings.Split(p, separator))
	}
	return s
}

// walk finds what lies in folder and matches a pattern, given by its elements.
func (s *search) walk(folder string, elements []string) {
	interest := s.folder(s.resolve(folder))
	if name, ok := literal(elements[0]); ok {
		interest.names[name] = true
		s.step(filepath.Join(folder, name), fs.ModeSymlink, elements[1:])
		return
	}
	if !slices.Contains(interest.patterns, elements[0]) {
		interest.patterns = append(interest.patterns, elements[0])
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !absent(err) {
		s.files[folder] = unlistable(folder, err)
		return
	}
	for _, e := range entries {
		if matches(elements[0], e.Name()) {
			s.step(filepath.Join(folder, e.Name()), e.Type(), elements[1:])
		}
	}
}

// step goes on below path, or ends at it if no element of the pattern is left.
func (s *search) step(path string, mode fs.FileMode, rest []string) {
	switch isLink := mode&fs.ModeSymlink != 0; {
	case len(rest) > 0 && (isLink || mode.IsDir()):
		s.walk(path, rest)
	case len(rest) == 0:
		s.files[path] = nil
		if isLink {
			target := s.resolve(path)
			s.folder(filepath.Dir(target)).names[filepath.Base(target)] = true
		}
	}
}

func (s *search) folder(path string) *interest {
	i, ok := s.folders[path]
	if !ok {
		i = &interest{names: make(map[string]bool)}
		s.folders[path] = i
	}
	return i
}

// resolve is a path without links, as far as it exists, and takes an interest in each
// link on the way, and in what is missing: Kubernetes changes the files of a volume by
// replacing a link.
func (s *search) resolve(path string) string {
	if target, ok := s.real[path]; ok {
		return target
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	s.real[path] = path // ends a loop of links
	parent = s.resolve(parent)
	target := filepath.Join(parent, filepath.Base(path))
	link, err := os.Readlink(target)
	if err == nil || absent(err) {
		s.folder(parent).names[filepath.Base(path)] = true
	}
	if err == nil {
		if !filepath.IsAbs(link) {
			link = filepath.Join(parent, link)
		}
		target = s.resolve(filepath.Clean(link))
	}
	s.real[path] = target
	return target
}

// matches is filepath.Match for one element, but hidden files and the backups of
// editors must be asked for: by a dot in front, or a ~ at the end of the pattern.
func matches(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") ||
		strings.HasSuffix(name, "~") && !strings.HasSuffix(pattern, "~") {
		return false
	}
	ok, err := filepath.Match(pattern, name)
	return ok && err == nil // the configuration lets no bad pattern through
}

// matchesAny is for whole paths that matches once let through, element by element.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := filepath.Match(filepath.Clean(p), name)
		return ok && err == nil
	})
}

// literal is the only name that an element of a pattern matches, if there is just one.
func literal(element string) (name string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(element); i++ {
		switch element[i] {
		case '*', '?', '[':
			return "", false
		case '\\':
			if i++; i == len(element) {
				return "", false
			}
		}
		b.WriteByte(element[i])
	}
	return b.String(), true
}

// under reports whether path lies in folder, at any depth.
func under(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

func unlistable(folder string, err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	return strictyaml.Errors{{File: folder, Text: "cannot be listed: " + err.Error()}}
}
