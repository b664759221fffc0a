package enginetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// State is what a database holds.
type State map[string]string

// Writes are what a unit changed: nil is a deletion.
type Writes map[string]*string

// With returns the state after a unit's writes.
func (s State) With(w Writes) State {
	next := maps.Clone(s)
	if next == nil {
		next = State{}
	}
	for key, value := range w {
		if value == nil {
			delete(next, key)
		} else {
			next[key] = *value
		}
	}
	return next
}

// diff says what is the first difference of two states.
func diff(got, want State) string {
	keys := slices.Sorted(maps.Keys(got))
	keys = append(keys, slices.Sorted(maps.Keys(want))...)
	for _, key := range keys {
		g, is := got[key]
		w, should := want[key]
		if is != should || g != w {
			return fmt.Sprintf("key %q is %s, and should be %s", key, shown(g, is), shown(w, should))
		}
	}
	return ""
}

func shown(value string, found bool) string {
	switch {
	case !found:
		return "absent"
	case len(value) > 20:
		return fmt.Sprintf("%.20q and more, %d bytes", value, len(value))
	}
	return fmt.Sprintf("%q", value)
}

// Model is what is known of a database by those who use it.
type Model struct {
	// States are those after each commit that was called, in order, from the state
	// that the incarnation began with.
	States []State
	// Acked is how many of them must survive.
	Acked int

	forgotten int // states that are nil, since no crash can bring them back
}

// NewModel returns the model of a database with that state.
func NewModel(s State) *Model { return &Model{States: []State{s}} }

// Last returns the state with every commit that was called.
func (m *Model) Last() State { return m.States[len(m.States)-1] }

// Called notes a commit, and returns its number.
func (m *Model) Called(w Writes) int {
	m.States = append(m.States, m.Last().With(w))
	return len(m.States) - 1
}

// Ack notes that a commit was acknowledged, and with it all before it.
func (m *Model) Ack(n int) { m.Acked = max(m.Acked, n) }

// Recovered finds which of the possible states a database has after a crash.
func (m *Model) Recovered(got State) (State, error) {
	why := ""
	for n := m.Acked; n < len(m.States); n++ {
		d := diff(got, m.States[n])
		if d == "" {
			return m.States[n], nil
		}
		if why == "" {
			why = d
		}
	}
	return nil, fmt.Errorf("after %d commits acknowledged and %d called, %s", m.Acked, len(m.States)-1, why)
}

// Dump reads all that a database holds, upwards and, to compare, downwards.
func Dump(d *engine.Database) (State, error) {
	up, err := walk(d, false)
	if err != nil {
		return nil, err
	}
	down, err := walk(d, true)
	if err != nil {
		return nil, err
	}
	if why := diff(down, up); why != "" {
		return nil, fmt.Errorf("read downwards, %s", why)
	}
	return up, nil
}

func walk(d scheme.Store, reverse bool) (State, error) {
	s := State{}
	r := scheme.Range{Reverse: reverse}
	last := ""
	for {
		key, value, found, err := d.Seek(r)
		if err != nil || !found {
			return s, err
		}
		k := string(key)
		if len(s) > 0 && (k <= last) != reverse {
			return nil, fmt.Errorf("key %q comes after %q", k, last)
		}
		s[k], last = string(value), k
		if reverse {
			r.To = []byte(k)
		} else {
			r.From = append([]byte(k), 0)
		}
	}
}
