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

func treeVersion(t *rapid.T) version {
	key := treeKey.Draw(t, "key")
	if key == "" {
		key = "k"
	}
	f := fields{main: Revision(rapid.IntRange(1, 3).Draw(t, "main")), count: rapid.Int64Range(0, 1<<40).Draw(t, "stamp")}
	return newVersion(&f, []byte(key), nil)
}

func TestTreeIsASortedListAndItsCopiesStandStill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deep := rapid.Bool().Draw(t, "deep")
		tr, want := newTree(deep), &listed{deep: deep}
		var copied *tree
		var then []version
		step := func(v version, adds bool) {
			got, model := "", ""
			if adds {
				got, model = string(tr.set(v)), string(want.set(v))
			} else {
				got, model = string(tr.delete(probeOf(v))), string(want.delete(v))
			}
			if got != model {
				t.Fatalf("%q was replaced or removed, want %q", got, model)
			}
		}
		bulk := func(adds bool) func(*rapid.T) {
			return func(t *rapid.T) {
				prefix := rapid.SampledFrom([]string{"bulk", "/registry/pods/default/n"}).Draw(t, "bulk")
				stride := rapid.SampledFrom([]int{1, 7, 299}).Draw(t, "stride")
				n := rapid.IntRange(1, 300).Draw(t, "n")
				for i := range n {
					step(newVersion(&fields{main: 1}, fmt.Appendf(nil, "%s%03d", prefix, i*stride%300), nil), adds)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"set":       func(t *rapid.T) { step(treeVersion(t), true) },
			"delete":    func(t *rapid.T) { step(treeVersion(t), false) },
			"add many":  bulk(true),
			"drop many": bulk(false),
			"copy":      func(*rapid.T) { copied, then = tr.copy(), slices.Clone(want.list) },
			"": func(t *rapid.T) {
				checkTree(t, tr, want.list, probeOf(treeVersion(t)))
				if copied != nil {
					checkTree(t, copied, then, probeOf(treeVersion(t)))
				}
			},
		})
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
	tr := newTree(false)
	const n = 10_000
	for i := range n {
		tr.set(newVersion(&fields{main: 1}, fmt.Appendf(nil, "%08d", i), nil))
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
