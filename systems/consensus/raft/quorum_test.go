package raft

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/node"
)

// More than half have reached the value, and no higher one.
func TestMajorityOfIsTheHighestThatAMajorityReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		matches := rapid.SliceOfN(rapid.Uint64Range(0, 5), 1, 12).Draw(t, "matches")
		var peers []*peer
		for _, m := range matches {
			peers = append(peers, &peer{match: Index(m)})
		}
		reached := func(v uint64) bool {
			n := 0
			for _, m := range matches {
				if m >= v {
					n++
				}
			}
			return 2*n > len(matches)
		}
		if got := majorityOf(peers, matchOf); !reached(got) || reached(got+1) {
			t.Fatalf("%d of %v", got, matches)
		}
	})
}

// Any two quorums that may decide one after the other share a server: within a
// configuration, and between a joint one and those before and behind it. That
// is why nothing decided is forgotten.
func TestQuorumsIntersect(t *testing.T) {
	everybody := []node.Addr{"a", "b", "c", "d", "e", "f", "g"}
	rapid.Check(t, func(t *rapid.T) {
		set := func(name string) []node.Addr {
			n := rapid.IntRange(1, len(everybody)).Draw(t, name+" size")
			return sortedAddrs(rapid.Permutation(everybody).Draw(t, name)[:n])
		}
		before, after := set("old"), set("new")
		steps := []*Configuration{{Voters: before}, {Voters: after, Old: before}, {Voters: after}}
		i := rapid.IntRange(0, 2).Draw(t, "configuration")
		j := min(2, i+rapid.IntRange(0, 1).Draw(t, "or the next"))
		x, y := set("x"), set("y")
		if !steps[i].quorum(x) || !steps[j].quorum(y) {
			return
		}
		if !slices.ContainsFunc(x, func(a node.Addr) bool { return contains(y, a) }) {
			t.Fatalf("%v of %v and %v of %v", x, steps[i], y, steps[j])
		}
	})
}

// A window never counts more than was added, and forgets what is acknowledged.
func TestWindowForgetsWhatIsAcknowledged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		var model []inflight
		next := Index(1)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "add") {
				m := inflight{next, rapid.Int64Range(1, 9).Draw(t, "bytes")}
				w.add(m.last, m.bytes)
				model = append(model, m)
				next++
			} else {
				i := Index(rapid.Uint64Range(0, uint64(next)).Draw(t, "acknowledged"))
				w.release(i)
				model = slices.DeleteFunc(model, func(m inflight) bool { return m.last <= i })
			}
			var bytes int64
			for _, m := range model {
				bytes += m.bytes
			}
			if w.n != len(model) || w.bytes != bytes {
				t.Fatalf("%d messages of %d bytes, want %d of %d", w.n, w.bytes, len(model), bytes)
			}
		}
	})
}

// Records that were damaged in a way that no checksum saw are refused or make
// some log, and never a panic.
func FuzzReplayRecord(f *testing.F) {
	f.Add(appendEntryRecord(nil, 1, &Entry{Term: 2, Data: []byte("x")}), appendEntryRecord(nil, 2, &Entry{Term: 2}))
	f.Add([]byte{recordVote, 3, 'a'}, []byte{recordRestart, 7, 2})
	f.Add(append([]byte{recordMembers}, (&Configuration{Voters: []node.Addr{"a"}}).encode()...), []byte{recordEntry})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := New(Config{})
		r.configs.base(0, &Configuration{})
		for i, record := range [][]byte{first, second} {
			if r.replayRecord(node.LSN(i+1), record) != nil {
				return
			}
			if len(r.log.entries) != len(r.log.lsn) || r.config() == nil {
				t.Fatalf("after %x: %d entries, %d numbers", record, len(r.log.entries), len(r.log.lsn))
			}
		}
	})
}
