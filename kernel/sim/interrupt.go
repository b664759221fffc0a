package sim

import (
	"errors"
	"fmt"
)

// Interrupted is what a world panics with when its Config.Context is done or
// its Config.Events are used up. A harness that is in the middle of a run has
// nothing sensible to return then; kernel/experiment recovers, and the run
// counts as one without a verdict.
type Interrupted struct{ Cause error }

// Error says why the run ended.
func (i Interrupted) Error() string { return fmt.Sprintf("sim: the run was ended: %v", i.Cause) }

// Unwrap returns the cause.
func (i Interrupted) Unwrap() error { return i.Cause }

// ErrEvents says that a run had more events than it may have: it feeds on
// itself, or it is larger than whoever set the bound thought.
var ErrEvents = errors.New("too many events")

// breathEvery is how many events a world runs between two looks at its context
// and bounds: some milliseconds.
const breathEvery = 4096

// breathe ends the run if nobody wants it any more.
func (w *World) breathe() {
	if w.closed {
		return
	}
	if c := w.config.Context; c != nil && c.Err() != nil {
		panic(Interrupted{c.Err()})
	}
	if most := w.config.Events; most > 0 && w.hash.events > most {
		panic(Interrupted{fmt.Errorf("%w: %d by %v, and %d are the bound", ErrEvents, w.hash.events, w.Now(), most)})
	}
}
