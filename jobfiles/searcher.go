package jobfiles

import (
	"errors"
	"slices"
	"sync"
	"time"

	"cloudjob_exporter/strictyaml"
)

// searchPatience is how long a search may take: thousands of files on a slow file
// server take a second or two.
const searchPatience = 10 * time.Second

var errNoAnswer = errors.New("cannot be searched: did not answer within " + searchPatience.String())

// searcher searches, and gives up if a folder is on a mount that does not answer. It
// starts no other search until the one that it gave up comes back.
type searcher struct {
	search func(patterns []string) *search

	mu      sync.Mutex
	givenUp <-chan struct{} // closed when the search that was given up comes back
}

func newSearcher() *searcher { return &searcher{search: find} }

// find is the function find. Its error is errNoAnswer.
func (s *searcher) find(patterns []string) (*search, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.givenUp != nil {
		select {
		case <-s.givenUp:
			s.givenUp = nil
		default:
			return nil, errNoAnswer
		}
	}
	var found *search
	done := make(chan struct{})
	go func() {
		defer close(done)
		found = s.search(patterns)
	}()
	timer := time.NewTimer(searchPatience)
	defer timer.Stop()
	select {
	case <-done:
		return found, nil
	case <-timer.C:
		s.givenUp = done
		return nil, errNoAnswer
	}
}

// keep is scan for a search that did not come back: what is known of the files stays,
// as far as it is still allowed, and the patterns are what is broken.
func (s *Set) keep(err error) {
	for name, f := range s.files {
		if slices.Contains(s.patterns, name) {
			continue
		}
		if matchesAny(s.patterns, name) {
			f.parsed = false // what is not allowed now may be when it is seen again
			s.give(f, s.rules.allowed(f.good))
		} else {
			s.forget(f)
		}
	}
	for _, pattern := range s.patterns {
		f, known := s.files[pattern]
		if !known {
			f = &file{name: pattern}
			s.files[pattern] = f
		}
		f.parsed = false
		s.conclude(f, strictyaml.Errors{{File: pattern, Text: err.Error()}})
	}
}
