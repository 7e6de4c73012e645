package exposition

import (
	"compress/flate"
	"hash/maphash"
	"sync/atomic"
)

// pieceSize is how much text of unfinished jobs is deflated at a time.
const pieceSize = 32 << 10

// memory is what the last answer deflated for itself. Little of what is told of
// unfinished jobs changes from one scrape to the next: their durations, and what
// polls have found. It is replaced as a whole, so that answers do not wait for
// each other.
type memory struct {
	size int // pieceSize
	seed maphash.Seed
	last atomic.Pointer[map[uint64]fragment] // by the hash of the text
}

func newMemory() *memory {
	m := &memory{size: pieceSize, seed: maphash.MakeSeed()}
	m.last.Store(&map[uint64]fragment{})
	return m
}

// pieces deflates what one answer tells of unfinished jobs, or takes it over from
// the last answer.
type pieces struct {
	*memory
	deflater *deflater
	before   map[uint64]fragment
	now      map[uint64]fragment
}

func (m *memory) pieces(s *scratch) *pieces {
	if s.deflater == nil {
		s.deflater = newDeflater(flate.BestSpeed)
	}
	last := *m.last.Load()
	return &pieces{memory: m, deflater: s.deflater, before: last, now: make(map[uint64]fragment, len(last))}
}

// deflate makes a fragment of a text, or finds it. Texts of equal length are told
// apart by 64 bits of a hash that nobody can foresee.
func (p *pieces) deflate(text []byte) fragment {
	hash := maphash.Bytes(p.seed, text)
	made, ok := p.before[hash]
	if !ok || made.size != len(text) {
		made = p.deflater.deflate(text)
	}
	p.now[hash] = made
	return made
}

// keep has the next answer take over what this one deflated.
func (p *pieces) keep() { p.last.Store(&p.now) }
