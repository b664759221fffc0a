package check

import "fmt"

// Model is the sequential specification of one object: what it would do if
// requests came one at a time. S must be immutable as well as comparable: a
// state that needs a list or a map encodes it in a string.
type Model[S comparable, In, Out any] struct {
	// Name appears in reasons: "register", "kv".
	Name string
	// Init is the state before the first operation.
	Init S
	// Step tells whether an object in that state may answer in with out, and
	// what its state is then. A nil out stands for an answer that nobody saw:
	// Step must then allow it, whatever the state.
	Step func(state S, in In, out *Out) (next S, legal bool)
	// Key splits a history into objects that can be judged one by one, which
	// is what makes judging feasible. Nil means that there is one object.
	Key func(in In) string
	// ReadOnly tells that a request with that answer changes nothing, or, if
	// out is nil, that it does not whatever the answer. A read whose outcome is
	// unknown says nothing and is left out. May be nil: anything may change.
	ReadOnly func(in In, out *Out) bool
	// Describe renders a request and its answer, which is nil if unknown.
	// Nil means fmt's default.
	Describe func(in In, out *Out) string
}

// Deterministic returns the Model of an object whose answer follows from its
// state, given as a function that applies a request.
func Deterministic[S comparable, In any, Out comparable](
	name string, init S, apply func(S, In) (S, Out),
) Model[S, In, Out] {
	return Model[S, In, Out]{
		Name: name,
		Init: init,
		Step: func(state S, in In, out *Out) (S, bool) {
			next, want := apply(state, in)
			return next, out == nil || *out == want
		},
	}
}

func (m *Model[S, In, Out]) key(in In) string {
	if m.Key == nil {
		return ""
	}
	return m.Key(in)
}

func (m *Model[S, In, Out]) describe(in In, out *Out) string {
	switch {
	case m.Describe != nil:
		return m.Describe(in, out)
	case out == nil:
		return fmt.Sprintf("%v -> ?", in)
	}
	return fmt.Sprintf("%v -> %v", in, *out)
}

func (m *Model[S, In, Out]) readOnly(in In, out *Out) bool {
	return m.ReadOnly != nil && m.ReadOnly(in, out)
}
