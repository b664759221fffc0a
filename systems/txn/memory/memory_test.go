package memory

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// held is a snapshot, and what it has to show.
type held struct {
	scheme.Snapshot
	want map[string]string
}

// model is a store with units and snapshots of which a test knows what they should be.
type model struct {
	*Store
	units     []*unit
	owner     map[string]*unit // who may change a key: one unit at a time
	now       map[string]string
	durable   map[string]string
	waiting   []func()
	snapshots []held
}

var keys = []string{"a", "b", "c", "d"}

func (m *model) begin() {
	if len(m.units) < 3 {
		m.units = append(m.units, m.Begin().(*unit))
	}
}

// change lets a unit change a key that is nobody else's.
func (m *model) change(t *rapid.T, u *unit) {
	k := rapid.SampledFrom(keys).Draw(t, "key")
	if o := m.owner[k]; o != nil && o != u {
		return
	}
	m.owner[k] = u
	if rapid.Bool().Draw(t, "delete") {
		check(t, u.Delete([]byte(k)))
		return
	}
	check(t, u.Put([]byte(k), []byte(rapid.StringN(1, 3, 3).Draw(t, "value"))))
}

func (m *model) end(t *rapid.T, i int, commit bool) {
	u := m.units[i]
	m.units = append(m.units[:i:i], m.units[i+1:]...)
	maps.DeleteFunc(m.owner, func(_ string, o *unit) bool { return o == u })
	if !commit {
		check(t, u.Rollback())
		return
	}
	before := m.committed()
	for _, c := range u.done {
		if c.entry.there {
			before[c.entry.key] = string(c.entry.value)
		} else {
			delete(before, c.entry.key)
		}
	}
	m.now = before
	changed := len(u.done) > 0
	if _, waits := scheme.Waiting(u.Commit()); waits != changed {
		t.Fatalf("a commit that changed something: %v, waits: %v", changed, waits)
	}
	if changed {
		after := before
		done := m.waiting[len(m.waiting)-1]
		m.waiting[len(m.waiting)-1] = func() { m.durable = after; done() }
	}
}

// committed returns what all commits so far have left, durable or not.
func (m *model) committed() map[string]string { return maps.Clone(m.now) }

func check(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// contents walks over a snapshot, both ways.
func contents(t *rapid.T, s scheme.Snapshot) map[string]string {
	all := map[string]string{}
	for _, reverse := range []bool{false, true} {
		r, n := scheme.Range{Reverse: reverse}, 0
		for {
			k, v, found, err := s.Seek(r)
			check(t, err)
			if !found {
				break
			}
			all[string(k)] = string(v)
			if n++; reverse {
				r.To = k
			} else {
				r.From = append(k, 0)
			}
		}
		if n != len(all) {
			t.Fatalf("a walk passes %d entries, the other %d", n, len(all))
		}
	}
	for _, k := range keys {
		v, found, err := s.Get([]byte(k))
		check(t, err)
		if want, there := all[k]; found != there || string(v) != want {
			t.Fatalf("%s is %q, %v; a walk shows %q, %v", k, v, found, want, there)
		}
	}
	return all
}

// Snapshots show what was durable, whatever comes later; a restart leaves that; and in the
// end nothing is kept for nobody.
func TestSnapshotsShowWhatWasDurable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{Store: New(), owner: map[string]*unit{}, now: map[string]string{}, durable: map[string]string{}}
		m.Durable = func(done func()) { m.waiting = append(m.waiting, done) }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			m.step(t)
			for _, s := range m.snapshots {
				if got := contents(t, s); !maps.Equal(got, s.want) {
					t.Fatalf("a snapshot shows %v, and not %v", got, s.want)
				}
			}
			if got := m.Restart().All(); !maps.Equal(got, m.durable) {
				t.Fatalf("a restart leaves %v, and not %v", got, m.durable)
			}
		}
		for len(m.units) > 0 {
			m.end(t, 0, false)
		}
		for _, s := range m.snapshots {
			s.Close()
		}
		m.flush(len(m.waiting))
		if got := m.All(); !maps.Equal(got, m.now) || len(m.images) > 0 || m.entries.used != len(m.now) || m.order.Len() != len(m.now) {
			t.Fatalf("in the end there is %v, not %v, with %d images and %d entries", got, m.now, len(m.images), m.entries.used)
		}
	})
}

func (m *model) flush(n int) {
	for range n {
		done := m.waiting[0]
		m.waiting = m.waiting[1:]
		done()
	}
}

func (m *model) step(t *rapid.T) {
	switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
	case what == 0 || len(m.units) == 0:
		m.begin()
	case what < 5:
		m.change(t, m.units[rapid.IntRange(0, len(m.units)-1).Draw(t, "unit")])
	case what < 7:
		m.end(t, rapid.IntRange(0, len(m.units)-1).Draw(t, "unit"), what == 5)
	case what == 7:
		m.flush(min(1, len(m.waiting)))
	case what == 8:
		s, err := m.Snapshot()
		check(t, err)
		m.snapshots = append(m.snapshots, held{s, maps.Clone(m.durable)})
	case len(m.snapshots) > 0:
		i := rapid.IntRange(0, len(m.snapshots)-1).Draw(t, "snapshot")
		m.snapshots[i].Close()
		m.snapshots = append(m.snapshots[:i:i], m.snapshots[i+1:]...)
	}
}
