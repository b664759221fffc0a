package check

import "github.com/parleysystems/parley/kernel/workload"

// RevisionedValue is the state of a key in a Revisioned store.
type RevisionedValue struct {
	Value string
	// Revision is that of the key's last change if Exact, else a bound that it
	// exceeds: nobody saw the answer to the change.
	Revision uint64
	Exact    bool
}

// Revisioned is a Register in a store that numbers all its changes, as etcd
// does: a change answers with its revision, a read with the value and the
// revision of the key's last change. Seen from one key the numbers grow but
// need not be adjacent, so Step is a relation rather than a function.
//
// A Write, and a CAS or Delete that is Done, carry the revision that they made.
// Revision 0 in an answer stands for one that was not reported.
func Revisioned() Keyed[RevisionedValue] {
	register := Register()
	return keyed("revisioned register", RevisionedValue{Exact: true},
		func(s RevisionedValue, in workload.Request, out *workload.Response) (RevisionedValue, bool) {
			value, legal := register.Step(s.Value, in, out)
			if !legal {
				return s, false
			}
			if !changes(s.Value, in) {
				return s.readAs(out, in.Verb == workload.Read)
			}
			return s.changedTo(value, out)
		})
}

func changes(value string, in workload.Request) bool {
	switch in.Verb {
	case workload.Write:
		return true
	case workload.CAS:
		return value == in.Expect
	case workload.Delete:
		return value != ""
	}
	return false
}

// changedTo is the state after a change, whose revision must exceed all before.
func (s RevisionedValue) changedTo(value string, out *workload.Response) (RevisionedValue, bool) {
	if out == nil || out.Revision == 0 {
		return RevisionedValue{Value: value, Revision: s.Revision}, true
	}
	return RevisionedValue{value, out.Revision, true}, out.Revision > s.Revision
}

// readAs is the state after an answer that shows the key's last revision, which
// may be the first that anybody learns of it. An absent key shows none.
func (s RevisionedValue) readAs(out *workload.Response, read bool) (RevisionedValue, bool) {
	switch {
	case out == nil || out.Revision == 0 || !read || s.Value == "":
		return s, true
	case s.Exact:
		return s, out.Revision == s.Revision
	}
	return RevisionedValue{s.Value, out.Revision, true}, out.Revision > s.Revision
}
