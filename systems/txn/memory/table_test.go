package memory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// drawKeys draws keys short and long, the empty one among them.
func drawKeys(t *rapid.T) []string {
	lengths := rapid.SampledFrom([]int{0, 1, 8, longest, longest + 1, 200})
	var keys []string
	for n := range rapid.IntRange(1, 200).Draw(t, "keys") {
		keys = append(keys, strings.Repeat(fmt.Sprintf("%03d.", n), 50)[:lengths.Draw(t, "length")])
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// A table is a map from keys to entries, whatever comes and goes, and however it grows.
func TestTableFindsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		m, want := New(), map[string]string{}
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			k := rapid.SampledFrom(keys).Draw(t, "key")
			e := m.entries.find([]byte(k))
			value, there := want[k]
			if (e != nil) != there || there && (e.key != k || string(e.value) != value) {
				t.Fatalf("%q: found %v, and it is %v", k, e, there)
			}
			if there && rapid.Bool().Draw(t, "remove") {
				m.entries.remove([]byte(k))
				delete(want, k)
				continue
			}
			want[k] = strings.Repeat("v", rapid.SampledFrom([]int{0, 1, 50, 110, 118, 119, 500}).Draw(t, "value"))
			if !there {
				e = m.entries.add([]byte(k))
			}
			e.set([]byte(want[k]), true)
		}
		if m.entries.used != len(want) || int(m.entries.made) != len(want)+len(m.entries.free) {
			t.Fatalf("%d entries are used of %d, with %d free, for %d keys", m.entries.used, m.entries.made, len(m.entries.free), len(want))
		}
	})
}

// What was kept of keys that are gone is used again: changes take no room in the end.
func TestWhatIsForgottenIsUsedAgain(t *testing.T) {
	m := Volatile()
	for n := range 10_000 {
		u := m.Begin()
		key := fmt.Appendf(nil, "key %d", n)
		for _, err := range []error{u.Put(key, []byte("value")), u.Put([]byte("same"), key), u.Commit()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		u = m.Begin()
		if err := u.Delete(key); err != nil {
			t.Fatal(err)
		}
		if err := scheme.Resolve(u.Commit); err != nil {
			t.Fatal(err)
		}
	}
	if m.entries.made > 4 || m.spent.images.Len() > 4 || m.order.Len() != 1 {
		t.Errorf("%d entries and %d images were made for two keys at a time", m.entries.made, m.spent.images.Len())
	}
}

// Entries lie in the chunks one after the other, up to the ends of these.
func TestEveryEntryHasAPlace(t *testing.T) {
	var chunks []uint32 // entries
	for n := range uint32(5 * large) {
		c, i := place(n)
		if i == 0 {
			chunks = append(chunks, min(large, max(chunk, n)))
		}
		if last := uint32(len(chunks) - 1); c != last || i >= chunks[last] {
			t.Fatalf("entry %d is the %dth of chunk %d, of %d", n, i, c, chunks[last])
		}
	}
	sum := uint32(0)
	for _, size := range chunks {
		sum += size
	}
	if sum != 5*large {
		t.Errorf("there is room for %d entries, want %d", sum, 5*large)
	}
}
