package isolation

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

// Access is one read, write or append within a transaction.
type Access struct {
	// Verb is workload.Read, Write or Append. A key is either written or appended
	// to, not both.
	Verb workload.Verb
	Key  string
	// Value is what is written or appended; for a read of a register what it
	// returned, "" if nothing.
	Value string
	// List is what a read of a list returned.
	List []string
	// Predicate tells that a read was part of evaluating a predicate, like a scan
	// of a range. Keys that it covered and that were absent count as read, too.
	Predicate bool
}

// String renders an access: r(x)=3, w(x)3, a(x)3, r(x)=[1 2].
func (a Access) String() string {
	switch {
	case a.Verb == workload.Write:
		return fmt.Sprintf("w(%s)%s", a.Key, a.Value)
	case a.Verb == workload.Append:
		return fmt.Sprintf("a(%s)%s", a.Key, a.Value)
	case a.List != nil:
		return fmt.Sprintf("r(%s)=%v", a.Key, abridged(a.List))
	case a.Value == "":
		return fmt.Sprintf("r(%s)=-", a.Key)
	}
	return fmt.Sprintf("r(%s)=%s", a.Key, a.Value)
}

// abridged leaves out the beginning of a long list.
func abridged(list []string) []string {
	const most = 12
	if len(list) <= most {
		return list
	}
	return append([]string{fmt.Sprintf("(%d more)", len(list)-most)}, list[len(list)-most:]...)
}

// Txn is what a client saw of a transaction.
type Txn struct {
	// Process is the client: it has one transaction open at a time.
	Process int
	// Call and Return are times since the run began; Return is workload.Never if
	// the outcome is unknown.
	Call, Return time.Duration
	Outcome      workload.Outcome
	// Accesses are in the order in which they were made. What reads returned
	// counts only if the outcome is OK.
	Accesses []Access
}

func (t *Txn) String() string {
	words := make([]string, len(t.Accesses))
	for i, a := range t.Accesses {
		words[i] = a.String()
	}
	return strings.Join(words, " ")
}

// History is transactions in the order of their calls.
type History []Txn

// FromWorkload converts a recorded history whose requests are transactions.
// Lists are answers whose values are joined with commas, as workload has them.
func FromWorkload(h workload.History[[]workload.Request, []workload.Response], lists bool) (History, error) {
	out := make(History, len(h))
	for i := range h {
		op := &h[i]
		t := Txn{Process: op.Client, Call: op.Call, Return: op.Return, Outcome: op.Outcome}
		if op.Outcome == workload.OK && len(op.Out) != len(op.In) {
			return nil, fmt.Errorf("isolation: transaction %d has %d requests and %d answers", i, len(op.In), len(op.Out))
		}
		for k, in := range op.In {
			a := Access{Verb: in.Verb, Key: in.Key, Value: in.Value}
			if in.Verb == workload.Read && op.Outcome == workload.OK {
				a.read(op.Out[k].Value, lists)
			}
			t.Accesses = append(t.Accesses, a)
		}
		out[i] = t
	}
	return out, nil
}

func (a *Access) read(value string, lists bool) {
	switch {
	case !lists:
		a.Value = value
	case value == "":
		a.List = []string{}
	default:
		a.List = strings.Split(value, ",")
	}
}
