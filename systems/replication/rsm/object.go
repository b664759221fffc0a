package rsm

import "iter"

// ObjectLeaser is an engine that can be sure of one object while it is not sure of
// the whole state: no command under way touches it.
type ObjectLeaser interface {
	// HoldsLeaseOn is HoldsLease for questions about one object.
	HoldsLeaseOn(object string) bool
}

// Divisible is a state machine whose questions are, for the most part, about one
// object each.
type Divisible interface {
	// ObjectOf returns what a question is about; "" for more than one object.
	ObjectOf(question any) string
}

// ReadOf is Read for a question about one object.
func (r *Replica) ReadOf(object string, level Level, done func(error)) {
	if e, ok := r.engine.(ObjectLeaser); ok && level == Lease && e.HoldsLeaseOn(object) {
		done(nil)
		return
	}
	r.Read(level, done)
}

// objectOf returns what a question is about, as far as the state machine says.
func (r *Replica) objectOf(question any) string {
	if m, ok := r.machine.(Divisible); ok {
		return m.ObjectOf(question)
	}
	return ""
}

// Bodies returns the state machine's commands in what an engine orders as one.
// Those that open sessions are not among them. What is malformed ends it.
func Bodies(command []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(command) > 0 {
			it, rest, err := nextItem(command)
			if err != nil || !it.opens() && !yield(it.body) {
				return
			}
			command = rest
		}
	}
}
