package experiment

import (
	"maps"
	"slices"
)

// Marks collects the states that a run reached. The zero value is ready.
type Marks struct{ reached map[string]bool }

// Sometimes notes that a state was reached, if it was. A name that the
// experiment does not list shows up in the report as unexpected.
func (m *Marks) Sometimes(name string, reached bool) {
	if !reached {
		return
	}
	if m.reached == nil {
		m.reached = map[string]bool{}
	}
	m.reached[name] = true
}

// Names returns what was reached, sorted.
func (m *Marks) Names() []string { return slices.Sorted(maps.Keys(m.reached)) }
