package workload

import (
	"fmt"
	"sync"
	"time"
)

// Recorder builds a History. Several goroutines may use it: the order in which
// they get its lock is the order that the times show.
type Recorder[In, Out any] struct {
	now func() time.Duration

	mu      sync.Mutex // guards what follows
	history History[In, Out]
	last    time.Duration
	open    int
}

// NewRecorder returns a Recorder whose times come from now, on one clock that
// never goes back.
func NewRecorder[In, Out any](now func() time.Duration) *Recorder[In, Out] {
	return &Recorder[In, Out]{now: now, last: -1}
}

// Invoke records that a client is about to send a request, and returns the
// operation's ID. Until it ends, its outcome is unknown.
func (r *Recorder[In, Out]) Invoke(client int, in In) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := len(r.history)
	r.history = append(r.history, Operation[In, Out]{
		ID: id, Client: client, Call: r.stamp(), Return: Never, In: in,
	})
	r.open++
	return id
}

// OK ends an operation with its answer.
func (r *Recorder[In, Out]) OK(id int, out Out) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.end(id)
	o.Outcome, o.Out, o.Return = OK, out, r.stamp()
}

// Fail ends an operation that certainly took no effect and never will.
func (r *Recorder[In, Out]) Fail(id int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.end(id)
	o.Outcome, o.Return, o.Err = Failed, r.stamp(), err.Error()
}

// Lose gives up on an operation: it may have taken effect or may still do so.
func (r *Recorder[In, Out]) Lose(id int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end(id).Err = err.Error()
}

// Open returns the number of operations that have not ended.
func (r *Recorder[In, Out]) Open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

// Len returns the number of operations invoked.
func (r *Recorder[In, Out]) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.history)
}

// History returns a copy of what was recorded so far, operations still open as
// unknown.
func (r *Recorder[In, Out]) History() History[In, Out] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(History[In, Out](nil), r.history...)
}

// stamp returns the time, made strictly increasing: two ends at one instant of
// a coarse or virtual clock did happen in this order, and a judge that took
// them for concurrent would miss violations.
func (r *Recorder[In, Out]) stamp() time.Duration {
	r.last = max(r.now(), r.last+1)
	return r.last
}

// end returns an open operation. Ending one twice would overwrite evidence, so
// it panics.
func (r *Recorder[In, Out]) end(id int) *Operation[In, Out] {
	o := &r.history[id]
	if o.Outcome != Unknown || o.Err != "" {
		panic(fmt.Sprintf("workload: operation %d ended twice", id))
	}
	r.open--
	return o
}
