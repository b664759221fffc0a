package check

import (
	"strings"

	"github.com/parleysystems/parley/kernel/workload"
)

// Keyed is a Model of a store of many independent objects of one sort.
type Keyed[S comparable] = Model[S, workload.Request, workload.Response]

// keyed completes a model whose objects are the keys of a store.
func keyed[S comparable](name string, init S, step func(S, workload.Request, *workload.Response) (S, bool)) Keyed[S] {
	return Keyed[S]{
		Name: name, Init: init, Step: step,
		Key:      func(in workload.Request) string { return in.Key },
		ReadOnly: readOnly,
		Describe: func(in workload.Request, out *workload.Response) string {
			if out == nil {
				return in.String() + " -> ?"
			}
			return in.String() + " -> " + out.Render(in.Verb)
		},
	}
}

// readOnly tells reads, and swaps and deletions that did not find what they
// needed, from changes.
func readOnly(in workload.Request, out *workload.Response) bool {
	conditional := in.Verb == workload.CAS || in.Verb == workload.Delete
	return in.ReadOnly() || conditional && out != nil && !out.Done
}

// Register is a value per key with Read, Write, Delete and CAS. The absent
// value is "". It judges Value and Done.
func Register() Keyed[string] {
	return keyed("register", "", func(value string, in workload.Request, out *workload.Response) (string, bool) {
		switch in.Verb {
		case workload.Read:
			return value, out == nil || out.Value == value
		case workload.Write:
			return in.Value, true
		case workload.Delete:
			return "", out == nil || out.Done == (value != "")
		case workload.CAS:
			if value != in.Expect {
				return value, out == nil || !out.Done
			}
			return in.Value, out == nil || out.Done
		}
		return value, false
	})
}

// VersionedValue is the state of a key in a Versioned store.
type VersionedValue struct {
	Value   string
	Version uint64 // number of changes ever made to the key
}

// Versioned is a Register that counts the changes of each key, and judges the
// Version in every answer: after the change, or as read. A write that was
// executed twice shows as a version that nobody accounts for.
func Versioned() Keyed[VersionedValue] {
	register := Register()
	return keyed("versioned register", VersionedValue{},
		func(s VersionedValue, in workload.Request, out *workload.Response) (VersionedValue, bool) {
			value, legal := register.Step(s.Value, in, out)
			next := VersionedValue{value, s.Version}
			changed := in.Verb == workload.Write ||
				in.Verb == workload.CAS && s.Value == in.Expect ||
				in.Verb == workload.Delete && s.Value != ""
			if changed {
				next.Version++
			}
			return next, legal && (out == nil || out.Version == next.Version)
		})
}

// Counter is a number per key with Add and Read. It judges Number: the sum
// after the operation. Executing an Add twice, or not at all, shows.
func Counter() Keyed[int64] {
	return keyed("counter", 0, func(sum int64, in workload.Request, out *workload.Response) (int64, bool) {
		switch in.Verb {
		case workload.Add:
			sum += in.Delta
		case workload.Read:
		default:
			return sum, false
		}
		return sum, out == nil || out.Number == sum
	})
}

// List is a list of values per key with Append and Read. It judges Value, the
// whole list joined with commas, so a read tells the order of all appends
// before it.
func List() Keyed[string] {
	return keyed("list", "", func(list string, in workload.Request, out *workload.Response) (string, bool) {
		switch in.Verb {
		case workload.Append:
			return strings.TrimPrefix(list+","+in.Value, ","), true
		case workload.Read:
			return list, out == nil || out.Value == list
		}
		return list, false
	})
}
