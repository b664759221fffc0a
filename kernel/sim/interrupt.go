package sim

import "fmt"

// Interrupted is what a world panics with when its Config.Context is done. A
// harness that is in the middle of a run has nothing sensible to return then;
// kernel/experiment recovers, and the run counts as one without a verdict.
type Interrupted struct{ Cause error }

// Error says why the run ended.
func (i Interrupted) Error() string { return fmt.Sprintf("sim: the run was ended: %v", i.Cause) }

// breathEvery is how many events a world runs between two looks at its context:
// some milliseconds.
const breathEvery = 4096

// breathe ends the run if nobody wants it any more.
func (w *World) breathe() {
	if c := w.config.Context; c != nil && c.Err() != nil && !w.closed {
		panic(Interrupted{c.Err()})
	}
}
