package sim

import "time"

// Plan is a list of faults, one a line of text. To shrink a failing run, leave
// out elements: the draws of the others do not change.
type Plan []Fault

// Fault is one line of a plan: when, and what.
type Fault struct{ stub }

// Parse reads a plan; see the package's grammar in grammar.go. Errors carry line and column.
func Parse(text string) (Plan, error) { panic("not yet") }

// String returns the text of the plan, which Parse reads back to the same.
func (p Plan) String() string { panic("not yet") }

// String returns the fault's line.
func (f Fault) String() string { panic("not yet") }

// Swarm draws a plan for a run of the given length: which kinds of fault occur
// at all, then their rates, shapes and windows. The last fifth of the run is
// free of new faults.
func Swarm(seed uint64, hosts []string, length time.Duration) Plan { panic("not yet") }

// Knobs draws parameters of a protocol by name, keyed by seed: one more knob
// leaves the others as they were.
type Knobs struct{ stub }

// NewKnobs returns the knobs of a seed.
func NewKnobs(seed uint64) *Knobs { panic("not yet") }

// Int draws from lo to hi, both included, small values and both ends more often.
func (k *Knobs) Int(name string, lo, hi int) int { panic("not yet") }

// Duration draws from lo to hi; each order of magnitude is equally likely.
func (k *Knobs) Duration(name string, lo, hi time.Duration) time.Duration { panic("not yet") }

// Chance is true with probability p.
func (k *Knobs) Chance(name string, p float64) bool { panic("not yet") }

// Choose draws one of the options.
func Choose[T any](k *Knobs, name string, options ...T) T { panic("not yet") }

// String lists what was drawn, in order, as name=value.
func (k *Knobs) String() string { panic("not yet") }

// Compare runs a scenario twice, by reference and through the codec, and
// returns an error that names the first event in which the runs differ.
func Compare(c Config, scenario func(w *World)) error { panic("not yet") }

// TB is the part of testing.TB that Twice needs.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// Twice is Compare for tests: it fails t if the two runs differ. scenario runs
// twice, on a fresh world each time, which is closed after it.
func Twice(t TB, c Config, scenario func(w *World)) {
	t.Helper()
	if err := Compare(c, scenario); err != nil {
		t.Fatal(err)
	}
}
