package kv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// listed is a tree as one would explain it: a sorted list.
type listed struct {
	deep bool
	list []version
}

func (l *listed) find(v version) (int, bool) {
	return slices.BinarySearchFunc(l.list, v, func(a, b version) int {
		pa, pb := probeOf(a), probeOf(b)
		if c := strings.Compare(pa.key, pb.key); c != 0 || !l.deep {
			return c
		}
		return int(pb.main - pa.main)
	})
}

func (l *listed) set(v version) (old version) {
	i, ok := l.find(v)
	if ok {
		old, l.list[i] = l.list[i], v
		return old
	}
	l.list = slices.Insert(l.list, i, v)
	return ""
}

func (l *listed) delete(v version) (old version) {
	i, ok := l.find(v)
	if !ok {
		return ""
	}
	old = l.list[i]
	l.list = slices.Delete(l.list, i, i+1)
	return old
}

// Keys of few letters, long common prefixes and zero bytes: what heads and
// prefixes could get wrong.
var treeKey = rapid.Custom(func(t *rapid.T) string {
	prefix := rapid.SampledFrom([]string{"", "a", "/registry/pods/", "/registry/pods/\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"}).Draw(t, "prefix")
	return prefix + rapid.StringOfN(rapid.SampledFrom([]rune{0, 'a', 'b', 'c'}), 0, 12, -1).Draw(t, "rest")
})

func treeVersion(t *rapid.T, a *arena) version {
	key := treeKey.Draw(t, "key")
	if key == "" {
		key = "k"
	}
	f := fields{main: Revision(rapid.IntRange(1, 3).Draw(t, "main")), count: rapid.Int64Range(0, 1<<40).Draw(t, "stamp")}
	_, v := a.build(&f, []byte(key), nil)
	return v
}

func TestTreeIsASortedListAndItsCopiesStandStill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deep := rapid.Bool().Draw(t, "deep")
		a := newArena(Options{})
		tr, want := newTree(a, deep), &listed{deep: deep}
		var copied *tree
		var then []version
		step := func(v version, adds bool) {
			var old ref
			var was bool
			var model version
			if adds {
				old, was = tr.set(a.add(v))
				model = want.set(v)
			} else {
				if _, was = tr.lookup(probeOf(v)); was {
					old = tr.delete(probeOf(v))
				}
				model = want.delete(v)
			}
			if was != (model != "") || was && a.at(old) != model {
				t.Fatalf("the wrong version was replaced or removed, want %q", model)
			}
		}
		bulk := func(adds bool) func(*rapid.T) {
			return func(t *rapid.T) {
				prefix := rapid.SampledFrom([]string{"bulk", "/registry/pods/default/n"}).Draw(t, "bulk")
				stride := rapid.SampledFrom([]int{1, 7, 299}).Draw(t, "stride")
				n := rapid.IntRange(1, 300).Draw(t, "n")
				for i := range n {
					_, v := a.build(&fields{main: 1}, fmt.Appendf(nil, "%s%03d", prefix, i*stride%300), nil)
					step(v, adds)
				}
			}
		}
		one := func(adds bool) func(*rapid.T) {
			return func(t *rapid.T) { step(treeVersion(t, a), adds) }
		}
		check := func(t *rapid.T) {
			checkTree(t, tr, want.list, probeOf(treeVersion(t, a)))
			if copied != nil {
				checkTree(t, copied, then, probeOf(treeVersion(t, a)))
			}
		}
		many(t, check, one(true), one(false), bulk(true), bulk(false),
			func(*rapid.T) { copied, then = tr.copy(a.view()), slices.Clone(want.list) })
	})
}

func checkTree(t *rapid.T, tr *tree, want []version, p probe) {
	var all, walked, tail []version
	tr.all(func(v version) bool { all = append(all, v); return true })
	if tr.len() != len(want) || !slices.Equal(all, want) {
		t.Fatalf("holds %q\nwant  %q", all, want)
	}
	for c := tr.from(probe{main: 1 << 62}); c.ok; c.next() {
		walked = append(walked, c.v)
	}
	if !slices.Equal(walked, want) {
		t.Fatalf("a cursor sees %q", walked)
	}
	at := tr.rank(p)
	tr.ascend(p, func(v version) bool { tail = append(tail, v); return true })
	if !slices.Equal(tail, want[at:]) || at > 0 && tr.compare(&p, want[at-1]) <= 0 || at < len(want) && tr.compare(&p, want[at]) > 0 {
		t.Fatalf("%+v has rank %d in %q", p, at, want)
	}
	first, ok := tr.first(p)
	if ok != (at < len(want)) || ok && first != want[at] {
		t.Fatalf("first at or after %+v is %q", p, first)
	}
	got, found := tr.get(p)
	if found != (ok && tr.compare(&p, first) == 0) || found && got != first {
		t.Fatalf("get %+v is %q, %v", p, got, found)
	}
}

func TestTreeOfAscendingKeysLeavesNoRoomUnused(t *testing.T) {
	a := newArena(Options{})
	tr := newTree(a, false)
	const n = 10_000
	for i := range n {
		r, _ := a.build(&fields{main: 1}, fmt.Appendf(nil, "%08d", i), nil)
		tr.set(r)
	}
	leaves := 0
	var count func(*treeNode)
	count = func(n *treeNode) {
		if n.leaf() {
			leaves++
		}
		for _, c := range n.children {
			count(c)
		}
	}
	count(tr.root)
	if leaves > n/treeMost+1 {
		t.Fatalf("%d leaves", leaves)
	}
}
