package poller

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

// states is a list of job states, ordered by key, of which a view can be had at any
// time for nothing: the list copies what it changes after that, one block for one
// change. The zero value is empty.
type states struct {
	blocks     []*block // none is empty
	n          int
	generation int
	shared     bool // a view has these blocks
	flat       *flat
}

// flat is what a view looks like in one piece, made when somebody asks for it.
type flat struct {
	once   sync.Once
	blocks []*block
	n      int
	states []*job.State
}

// view returns the states as they are now. They never change.
func (s *states) view() *flat {
	if s.flat == nil {
		s.flat = &flat{blocks: s.blocks, n: s.n}
		s.shared = true
		s.generation++
	}
	return s.flat
}

// all returns the states of a view in order.
func (f *flat) all() []*job.State {
	if f == nil {
		return nil
	}
	f.once.Do(func() {
		f.states = make([]*job.State, 0, f.n)
		for _, b := range f.blocks {
			f.states = append(f.states, b.states...)
		}
		f.blocks = nil
	})
	return f.states
}

// put adds a state, or replaces that of the same key.
func (s *states) put(state *job.State) {
	b, i, found := s.find(state.Key)
	if b < 0 {
		s.flat, s.shared = nil, false
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
func (s *states) split(b int) {
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

// remove takes the state of a key away, if there is one.
func (s *states) remove(k job.Key) {
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
func (s *states) join(b int) {
	if b >= 0 && b+1 < len(s.blocks) && len(s.blocks[b].states)+len(s.blocks[b+1].states) <= maxBlock/2 {
		blk := s.writable(b)
		blk.states = append(blk.states, s.blocks[b+1].states...)
		s.blocks = slices.Delete(s.blocks, b+1, b+2)
	}
}

// find returns the block where a key is, or belongs, and its place there; b is -1
// if there are no blocks.
func (s *states) find(k job.Key) (b, i int, found bool) {
	b = sort.Search(len(s.blocks), func(b int) bool { return s.blocks[b].states[0].Compare(k) > 0 }) - 1
	b = max(b, min(0, len(s.blocks)-1))
	if b < 0 {
		return b, 0, false
	}
	i, found = slices.BinarySearchFunc(s.blocks[b].states, k, func(state *job.State, k job.Key) int { return state.Compare(k) })
	return b, i, found
}

// writable returns a block that no view has.
func (s *states) writable(b int) *block {
	s.flat = nil
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
