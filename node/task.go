package node

import (
	"errors"
	"time"
)

// ErrTimeout says that no answer came in time. Whether the request was carried
// out is unknown.
var ErrTimeout = errors.New("no answer in time")

// Task is sequential code on a node's loop: a client, a coordinator, a join, a
// recovery. It runs between two waits without interruption, like a handler,
// and during a wait the node handles other events; what a task read before a
// wait may have changed after it.
//
// When the incarnation ends, a waiting task is unwound: its deferred functions
// run, its Env does nothing any more. A Task is valid only in the function
// that it was handed to.
type Task interface {
	// Env returns the environment of the node whose task this is.
	Env() Env

	// Sleep waits for d by the host's oscillator.
	Sleep(d time.Duration)

	// Call sends request from an address of its own ("host/service#call") and
	// waits for the first message sent to that address. It returns ErrTimeout
	// after timeout; an answer that comes later is dropped. The request obeys
	// the output rule.
	Call(to Addr, request Message, timeout time.Duration) (Message, error)

	// Await waits until the function that it hands to arm is called, which may
	// happen within arm. Calling that function again does nothing.
	Await(arm func(wake func()))
}

// Future is a value that arrives once. The zero value is ready for use.
// Handlers and tasks of one node resolve it, tasks of that node await it.
type Future[T any] struct {
	value   T
	done    bool
	waiters []func()
}

// Resolve sets the value and wakes who waits for it; later calls do nothing.
func (f *Future[T]) Resolve(value T) {
	if f.done {
		return
	}
	f.value, f.done = value, true
	for _, wake := range f.waiters {
		wake()
	}
	f.waiters = nil
}

// Done tells whether the value is there.
func (f *Future[T]) Done() bool { return f.done }

// Await waits for the value.
func (f *Future[T]) Await(t Task) T {
	for !f.done {
		t.Await(func(wake func()) { f.waiters = append(f.waiters, wake) })
	}
	return f.value
}

// AwaitFor waits for the value for as long as timeout, then returns ErrTimeout.
func (f *Future[T]) AwaitFor(t Task, timeout time.Duration) (T, error) {
	if !f.done {
		t.Await(func(wake func()) {
			timer := t.Env().Timer(wake)
			timer.Reset(timeout)
			f.waiters = append(f.waiters, func() { timer.Stop(); wake() })
		})
	}
	if !f.done {
		return f.value, ErrTimeout
	}
	return f.value, nil
}
