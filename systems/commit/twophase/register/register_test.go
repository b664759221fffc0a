package register

import (
	"bytes"
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

const (
	first  node.Addr = "c1/coordinator"
	second node.Addr = "c2/coordinator"
)

func apply(t *testing.T, m *Machine, command any) *result {
	t.Helper()
	r, err := wire.Unmarshal(m.Apply(1, encode(command)))
	if err != nil {
		t.Fatal(err)
	}
	return r.(*result)
}

func tx(incarnation, number uint64) twophase.TxID {
	return twophase.TxID{Coordinator: first, Incarnation: incarnation, Number: number}
}

func about(id twophase.TxID, d twophase.Decision) *propose {
	return &propose{Entry: twophase.Entry{Tx: id, Decision: d, Branches: []twophase.Branch{{Participant: "a/bank"}}}}
}

// I1.
func TestTheFirstDecisionHolds(t *testing.T) {
	for _, d := range []twophase.Decision{twophase.Committed, twophase.Aborted} {
		m := NewMachine()
		apply(t, m, &open{first})
		apply(t, m, about(tx(1, 1), d))
		for _, other := range []twophase.Decision{twophase.Committed, twophase.Aborted} {
			if got := apply(t, m, about(tx(1, 1), other)).Decision; got != d {
				t.Errorf("after %v, %v was proposed, and %v holds", d, other, got)
			}
		}
	}
}

// I2.
func TestAnEarlierIncarnationCommitsNothingMore(t *testing.T) {
	m := NewMachine()
	apply(t, m, &open{first})
	apply(t, m, &open{first})
	if got := apply(t, m, about(tx(1, 1), twophase.Committed)).Decision; got != twophase.Aborted {
		t.Errorf("a late commit of an earlier incarnation: %v", got)
	}
	if got := apply(t, m, about(tx(2, 1), twophase.Committed)).Decision; got != twophase.Committed {
		t.Errorf("a commit of the present one: %v", got)
	}
}

func TestAStagedTransactionIsNotAbortedUnasked(t *testing.T) {
	m := NewMachine()
	apply(t, m, &open{first})
	apply(t, m, about(tx(1, 1), twophase.Undecided))
	r := apply(t, m, about(tx(1, 1), twophase.Aborted))
	if r.Decision != twophase.Undecided || len(r.Branches) != 1 {
		t.Errorf("abort of a staged transaction: %+v", r)
	}
	checked := about(tx(1, 1), twophase.Aborted)
	checked.Checked = true
	if got := apply(t, m, checked).Decision; got != twophase.Aborted {
		t.Errorf("abort after its participants were asked: %v", got)
	}
}

// I3.
func TestEntriesGoWhenTheMarkHasPassed(t *testing.T) {
	m := NewMachine()
	apply(t, m, &open{first})
	apply(t, m, about(tx(1, 1), twophase.Committed))
	apply(t, m, &end{tx(1, 1), tx(1, 1)})
	if got := apply(t, m, about(tx(1, 1), twophase.Aborted)).Decision; got != twophase.Committed {
		t.Errorf("asked again after the end: %v", got)
	}
	apply(t, m, &end{tx(1, 1), tx(1, 2)})
	if got := apply(t, m, about(tx(1, 1), twophase.Aborted)).Decision; got != twophase.Forgotten {
		t.Errorf("asked again after the mark: %v", got)
	}
	if len(m.Entries()) != 0 {
		t.Errorf("%d entries are left", len(m.Entries()))
	}
}

func TestANewIncarnationLearnsWhatIsUnfinished(t *testing.T) {
	m := NewMachine()
	apply(t, m, &open{first})
	apply(t, m, &open{second})
	apply(t, m, about(tx(1, 1), twophase.Committed))
	apply(t, m, about(tx(1, 2), twophase.Committed))
	apply(t, m, &end{tx(1, 1), tx(1, 1)})
	if r := apply(t, m, &open{second}); len(r.Unfinished) != 0 || r.Incarnation != 2 {
		t.Errorf("another coordinator: %+v", r)
	}
	if r := apply(t, m, &open{first}); len(r.Unfinished) != 1 || r.Unfinished[0].Tx != tx(1, 2) {
		t.Errorf("its own: %+v", r)
	}
}

func TestARegisterIsSavedWhole(t *testing.T) {
	m := NewMachine()
	apply(t, m, &open{first})
	apply(t, m, &open{second})
	apply(t, m, about(tx(1, 4), twophase.Committed))
	apply(t, m, about(tx(1, 5), twophase.Undecided))
	apply(t, m, &end{tx(1, 4), tx(1, 4)})
	var saved bytes.Buffer
	if _, err := m.Capture().WriteTo(&saved); err != nil {
		t.Fatal(err)
	}
	again := NewMachine()
	if err := again.Restore(&saved); err != nil {
		t.Fatal(err)
	}
	if again.Digest() != m.Digest() || len(again.Entries()) != 2 {
		t.Errorf("restored: %+v", again.Entries())
	}
	if NewMachine().Restore(bytes.NewReader([]byte{1, 2, 3})) == nil {
		t.Error("garbage was restored")
	}
}

func TestWhatIsNoCommandChangesNothing(t *testing.T) {
	m := NewMachine()
	before := m.Digest()
	m.Apply(1, []byte("garbage"))
	if m.Digest() != before {
		t.Error("garbage changed the register")
	}
}
