// Package states keeps the states of many jobs, ordered by key, so that a view of all of
// them can be had at any time for nothing.
package states

import (
	"slices"
	"sort"
	"sync"

	"cloudjob_exporter/job"
)

// maxBlock is how many states a block has at most: so much is copied for a change.
const maxBlock = 256

// block is a run of states, ordered by key.
type block struct {
	states     []*job.State
	generation int // of the list that may write to it; another one copies it first
}

// List is a list of job states, ordered by key. It copies what it changes after a view
// of it was taken, one block for one change. The zero value is empty. Its methods must
// not be called at the same time.
type List struct {
	blocks     []*block // none is empty
	n          int
	generation int
	shared     bool // a view has these blocks
	view       *View
}

// View is a list as it was at one moment. It never changes, and any number of
// goroutines may read it. It is put into one piece when somebody first asks for it. A nil
// View is empty.
type View struct {
	once   sync.Once
	blocks []*block
	n      int
	states []*job.State
}

// Len returns the number of states.
func (s *List) Len() int { return s.n }

// View returns the states as they are now.
func (s *List) View() *View {
	if s.view == nil {
		s.view = &View{blocks: s.blocks, n: s.n}
		s.shared = true
		s.generation++
	}
	return s.view
}

// All returns the states in order. They must not be written to.
func (v *View) All() []*job.State {
	if v == nil {
		return nil
	}
	v.once.Do(func() {
		v.states = make([]*job.State, 0, v.n)
		for _, b := range v.blocks {
			v.states = append(v.states, b.states...)
		}
		v.blocks = nil
	})
	return v.states
}

// Put adds a state, or replaces that of the same key.
func (s *List) Put(state *job.State) {
	b, i, found := s.find(state.Key)
	if b < 0 {
		s.view, s.shared = nil, false
		s.blocks, s.n = []*block{{states: []*job.State{state}, generation: s.generation}}, 1
		return
	}
	blk := s.writable(b)
	if found {
		blk.states[i] = state
		return
	}
	s.n++
	blk.states = slices.Insert(blk.states, i, state)
	if len(blk.states) > maxBlock {
		s.split(b)
	}
}

// split makes two blocks of one that is full. At the end of the list, where states
// arrive in order, the first one stays full.
func (s *List) split(b int) {
	blk := s.blocks[b]
	at := len(blk.states) / 2
	if b == len(s.blocks)-1 {
		at = len(blk.states) - 1
	}
	second := &block{states: slices.Clone(blk.states[at:]), generation: s.generation}
	clear(blk.states[at:])
	blk.states = blk.states[:at]
	s.blocks = slices.Insert(s.blocks, b+1, second)
}

// Remove takes the state of a key away, if there is one.
func (s *List) Remove(k job.Key) {
	b, i, found := s.find(k)
	if !found {
		return
	}
	blk := s.writable(b)
	blk.states = slices.Delete(blk.states, i, i+1)
	s.n--
	if len(blk.states) == 0 {
		s.blocks = slices.Delete(s.blocks, b, b+1)
		return
	}
	s.join(b)
	s.join(b - 1)
}

// join makes one block of two small ones, of which b is the first.
func (s *List) join(b int) {
	if b >= 0 && b+1 < len(s.blocks) && len(s.blocks[b].states)+len(s.blocks[b+1].states) <= maxBlock/2 {
		blk := s.writable(b)
		blk.states = append(blk.states, s.blocks[b+1].states...)
		s.blocks = slices.Delete(s.blocks, b+1, b+2)
	}
}

// find returns the block where a key is, or belongs, and its place there; b is -1
// if there are no blocks.
func (s *List) find(k job.Key) (b, i int, found bool) {
	b = sort.Search(len(s.blocks), func(b int) bool { return s.blocks[b].states[0].Compare(k) > 0 }) - 1
	b = max(b, min(0, len(s.blocks)-1))
	if b < 0 {
		return b, 0, false
	}
	i, found = slices.BinarySearchFunc(s.blocks[b].states, k, func(state *job.State, k job.Key) int { return state.Compare(k) })
	return b, i, found
}

// writable returns a block that no view has.
func (s *List) writable(b int) *block {
	s.view = nil
	if s.shared {
		s.blocks, s.shared = slices.Clone(s.blocks), false
	}
	blk := s.blocks[b]
	if blk.generation != s.generation {
		own := make([]*job.State, len(blk.states), min(len(blk.states)+maxBlock/8, maxBlock+1))
		copy(own, blk.states)
		blk = &block{states: own, generation: s.generation}
		s.blocks[b] = blk
	}
	return blk
}
