package workspace

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

var universe = []string{"", "a", "b", "c", "d"}

func drawRange(t *rapid.T) scheme.Range {
	k := rapid.SampledFrom(universe)
	r := scheme.Range{Reverse: rapid.Bool().Draw(t, "reverse")}
	if rapid.Bool().Draw(t, "from") {
		r.From = []byte(k.Draw(t, "least"))
	}
	if rapid.Bool().Draw(t, "to") {
		r.To = []byte(k.Draw(t, "bound"))
	}
	return r
}

// Ranges that become one hold what they held apart, and nothing else.
func TestReadsAreTheUnionOfWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, want := Reads{}, map[string]bool{}
		for range rapid.IntRange(0, 5).Draw(t, "ranges") {
			r := drawRange(t)
			set.Range(r)
			for _, k := range universe {
				want[k] = want[k] || r.Contains([]byte(k))
			}
		}
		for _, k := range universe {
			if set.Has(k) != want[k] {
				t.Fatalf("%q in %v: %v, want %v", k, set.ranges, set.Has(k), want[k])
			}
		}
	})
}

func TestCopiesAreFoundInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Writes{}
		keys := rapid.SliceOfDistinct(rapid.SampledFrom(universe), rapid.ID[string]).Draw(t, "keys")
		for _, k := range keys {
			c.Delete([]byte(k))
		}
		r := drawRange(t)
		keys = slices.DeleteFunc(keys, func(k string) bool { return !r.Contains([]byte(k)) })
		key, found := c.Seek(r)
		if found != (len(keys) > 0) {
			t.Fatalf("found %v in %v of %v", found, r, keys)
		}
		if !found {
			return
		}
		want := slices.Min(keys)
		if r.Reverse {
			want = slices.Max(keys)
		}
		if key != want {
			t.Fatalf("found %q in %v of %v, want %q", key, r, keys, want)
		}
	})
}

// One has the turn at a time, and who gives up is passed over.
func TestTurnsComeInOrder(t *testing.T) {
	var turn Turn
	a, b, c := new(int), new(int), new(int)
	if err := turn.Take(a); err != nil {
		t.Fatal(err)
	}
	second, third := turn.Take(b), turn.Take(c)
	if second == nil || third == nil || turn.Take(b) != second {
		t.Fatalf("the second and third got %v and %v", second, third)
	}
	turn.Pass(b)
	turn.Pass(a)
	if wait, _ := scheme.Waiting(third); !wait.Fired() || turn.Take(c) != nil {
		t.Fatal("the third does not have the turn")
	}
}

// drawMany draws keys, so many that lists become maps and trees, or fewer.
func drawMany(t *rapid.T) (keys []string) {
	for range rapid.SampledFrom([]int{3, mostFew - 1, mostFew + 1, 3 * mostFew}).Draw(t, "keys") {
		keys = append(keys, string(binary.BigEndian.AppendUint32(nil, rapid.Uint32Range(0, 300).Draw(t, "key"))))
	}
	return keys
}

func TestManyReadsAreAllKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		read, all := Reads{}, drawMany(t)
		for n, k := range all {
			if read.Has(k) != slices.Contains(all[:n], k) {
				t.Fatalf("%q is read: %v", k, read.Has(k))
			}
			read.Key([]byte(k))
		}
		for _, k := range all {
			if !read.Has(k) {
				t.Fatalf("%q was read, and is not known", k)
			}
		}
	})
}

// recorder is a unit that notes what is put.
type recorder struct {
	scheme.Unit
	keys []string
	want map[string]string
}

func (r *recorder) Put(key, value []byte) error {
	if r.want[string(key)] != string(value) {
		return errors.New("not what was written last")
	}
	r.keys = append(r.keys, string(key))
	return nil
}

func TestManyCopiesAreInstalledInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, all, want := Writes{}, drawMany(t), map[string]string{}
		for n, k := range all {
			want[k] = string(binary.BigEndian.AppendUint32(nil, uint32(n)))
			w.Put([]byte(k), []byte(want[k]))
		}
		r := &recorder{want: want}
		if err := w.Install(r); err != nil {
			t.Fatal(err)
		}
		sorted := slices.Sorted(maps.Keys(want))
		if !slices.Equal(r.keys, sorted) || !slices.Equal(w.Keys(nil), sorted) || w.Len() != len(sorted) {
			t.Fatalf("installed %q, of %q", r.keys, sorted)
		}
	})
}
