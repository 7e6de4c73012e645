package job

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// someKeys returns the keys of n jobs of all kinds of IDs.
func someKeys(n int) []Key {
	providers := []string{"cfw", "elb", "ecs", "sfs_turbo"}
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = Key{Provider: providers[i%len(providers)]}
		switch i % 3 {
		case 0:
			keys[i].ID = fmt.Sprintf("job-%05d", i)
		case 1:
			keys[i].ID = fmt.Sprintf("ff8080825ecc523f015ecd0a%08x", i)
		default:
			keys[i].ID = fmt.Sprintf("%08x-e26c-400d-8981-f854355f6849", i*2654435761&0xffffffff)
		}
	}
	return keys
}

// owner returns the shard that has a job, and fails if that is not exactly one.
func owner(t rapid.TB, k Key, total int) int {
	owner, owners := -1, 0
	for i := range total {
		s := Shard{Index: i, Total: total}
		if s.Owns(k) {
			owner = i
			owners++
		}
		if s.Of(k) != (Shard{Index: 0, Total: total}).Of(k) {
			t.Fatalf("%v: the shards of %d do not agree", k, total)
		}
	}
	if owners != 1 || (Shard{Total: total}).Of(k) != owner {
		t.Fatalf("%v has %d of %d shards, and is said to be of %d", k, owners, total, (Shard{Total: total}).Of(k))
	}
	return owner
}

func TestEachJobHasOneShard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := Key{
			Provider: rapid.StringMatching(`[a-z_]{1,9}`).Draw(t, "provider"),
			ID:       rapid.StringMatching(`[A-Za-z0-9._-]{1,128}`).Draw(t, "id"),
		}
		total := rapid.IntRange(1, 40).Draw(t, "total")
		before := owner(t, k, total)
		if after := owner(t, k, total+1); after != before && after != total {
			t.Fatalf("%v moves from %d to %d when shard %d comes", k, before, after, total)
		}
	})
}

func TestAShardMoreMovesFewJobs(t *testing.T) {
	const n = 10_000
	for _, total := range []int{1, 2, 3, 4, 9} {
		moved := 0
		for _, k := range someKeys(n) {
			if owner(t, k, total) != owner(t, k, total+1) {
				moved++
			}
		}
		fair := n / (total + 1)
		if most := fair + fair*8/100; moved > most || moved < fair-fair*8/100 {
			t.Errorf("%d to %d shards: %d of %d jobs move, want about %d", total, total+1, moved, n, fair)
		}
	}
}

func TestShardsAreEven(t *testing.T) {
	const n = 10_000
	for _, total := range []int{2, 3, 4, 7, 10} {
		sizes := make([]int, total)
		for _, k := range someKeys(n) {
			sizes[owner(t, k, total)]++
		}
		for i, size := range sizes {
			if fair := n / total; size < fair*90/100 || size > fair*110/100 {
				t.Errorf("shard %d of %d has %d of %d jobs, want about %d", i, total, size, n, fair)
			}
		}
	}
}

// TestShardsStay holds which shard has which job, so that exporters of two versions agree.
func TestShardsStay(t *testing.T) {
	for k, want := range map[Key][3]int{
		{"cfw", "f588ce71-e26c-400d-8981-f854355f6849"}: {1, 1, 34},
		{"elb", "f588ce71-e26c-400d-8981-f854355f6849"}: {0, 0, 8},
		{"elb", "ff8080825ecc523f015ecd0a98f82f77"}:     {2, 3, 70},
		{"sfs_turbo", "a"}: {1, 1, 33},
	} {
		got := [3]int{Shard{Total: 3}.Of(k), Shard{Total: 4}.Of(k), Shard{Total: 100}.Of(k)}
		if got != want {
			t.Errorf("%v: got %v, want %v", k, got, want)
		}
	}
}

// TestJumpHash compares with the values of other implementations.
func TestJumpHash(t *testing.T) {
	for _, test := range []struct {
		hash    uint64
		n, want int
	}{{1, 1, 0}, {42, 57, 43}, {0xDEAD10CC, 1, 0}, {0xDEAD10CC, 666, 361}, {256, 1024, 520}} {
		if got := jumpHash(test.hash, test.n); got != test.want {
			t.Errorf("%#x in %d: got %d, want %d", test.hash, test.n, got, test.want)
		}
	}
	if got := jumpHash(1<<64-1, 1<<31); got < 0 || got >= 1<<31 {
		t.Errorf("the largest hash falls into %d", got)
	}
}

func TestTheOnlyShardHasEverything(t *testing.T) {
	for _, s := range []Shard{{}, {Total: 1}} {
		if k := (Key{"elb", "a"}); !s.Owns(k) || s.Of(k) != 0 || s.Count() != 1 || s.Part(10) != 10 {
			t.Errorf("%+v: owns %v, of %d, count %d, part %v", s, s.Owns(k), s.Of(k), s.Count(), s.Part(10))
		}
	}
	if got := (Shard{Index: 1, Total: 4}).Part(10); got != 2.5 {
		t.Errorf("a quarter of 10 is %v", got)
	}
}
