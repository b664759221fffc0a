package workload

import (
	"fmt"
	"time"
)

// Outcome says what a client knows about an operation's effect.
type Outcome uint8

// The outcomes. The zero value is the cautious one.
const (
	// Unknown: it may have taken effect, may still do so, or never will.
	Unknown Outcome = iota
	// OK: it took effect between its call and its return, with that output.
	OK
	// Failed: it certainly did not and will not take effect.
	Failed
)

var outcomeNames = [...]string{Unknown: "unknown", OK: "ok", Failed: "failed"}

// String returns "ok", "failed" or "unknown".
func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames {
		if name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("workload: %q is not an outcome (ok, failed or unknown)", text)
}

// Never is the Return of an operation that was still open when recording
// ended, or whose outcome is unknown: it may take effect at any later time.
const Never = time.Duration(1<<63 - 1)

// Operation is what one client saw of one request. In is what it asked for,
// Out the answer, which means something only if Outcome is OK.
type Operation[In, Out any] struct {
	// ID is the operation's position in its History.
	ID int
	// Client says which client issued it. A client has at most one operation
	// open at a time, unless it is said to be pipelined.
	Client int
	// Call and Return are times since the run began, on one clock.
	Call, Return time.Duration
	In           In
	Out          Out
	Outcome      Outcome
	// Err is the text of the error that the client got, for people.
	Err string
}

// Before tells whether o had returned when p was called: the real-time order.
func (o *Operation[In, Out]) Before(p *Operation[In, Out]) bool { return o.Return < p.Call }

// History is the operations of a run in the order of their calls; the
// operation at position i has ID i.
type History[In, Out any] []Operation[In, Out]

// Counts returns how many operations ended in each way.
func (h History[In, Out]) Counts() (ok, failed, unknown int) {
	for i := range h {
		switch h[i].Outcome {
		case OK:
			ok++
		case Failed:
			failed++
		default:
			unknown++
		}
	}
	return ok, failed, unknown
}
