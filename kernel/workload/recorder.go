package workload

import (
	"fmt"
	"time"
)

// Recorder builds a History. It belongs to one goroutine (the world's, when
// simulated) and calls now for each end of each operation.
type Recorder[In, Out any] struct {
	now     func() time.Duration
	history History[In, Out]
	open    int
}

// NewRecorder returns a Recorder whose times come from now, which must never
// go back.
func NewRecorder[In, Out any](now func() time.Duration) *Recorder[In, Out] {
	return &Recorder[In, Out]{now: now}
}

// Invoke records that a client is about to send a request, and returns the
// operation's ID. Until it ends it counts as unknown.
func (r *Recorder[In, Out]) Invoke(client int, in In) int {
	id := len(r.history)
	r.history = append(r.history, Operation[In, Out]{
		ID: id, Client: client, Call: r.now(), Return: Never, In: in,
	})
	r.open++
	return id
}

// OK ends an operation with its answer.
func (r *Recorder[In, Out]) OK(id int, out Out) {
	o := r.end(id)
	o.Outcome, o.Out, o.Return = OK, out, r.now()
}

// Fail ends an operation that certainly took no effect and never will.
func (r *Recorder[In, Out]) Fail(id int, err error) {
	o := r.end(id)
	o.Outcome, o.Return, o.Err = Failed, r.now(), err.Error()
}

// Lose gives up on an operation: it may have taken effect or may still do so.
func (r *Recorder[In, Out]) Lose(id int, err error) { r.end(id).Err = err.Error() }

// Open returns the number of operations that have not ended.
func (r *Recorder[In, Out]) Open() int { return r.open }

// Len returns the number of operations invoked.
func (r *Recorder[In, Out]) Len() int { return len(r.history) }

// History returns what was recorded so far, operations still open as unknown.
func (r *Recorder[In, Out]) History() History[In, Out] { return r.history }

// end returns an open operation. Ending one twice would let an experiment
// overwrite its evidence, so it panics.
func (r *Recorder[In, Out]) end(id int) *Operation[In, Out] {
	o := &r.history[id]
	if o.Outcome != Unknown || o.Err != "" {
		panic(fmt.Sprintf("workload: operation %d ended twice", id))
	}
	r.open--
	return o
}
