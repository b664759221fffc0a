package twophasetest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Oracle listens to what participants say of themselves, knows what clients were
// told, and objects at once:
//
//	J1  no participant commits what another aborts, and none reverses itself
//	J2  nobody commits unless every participant has voted yes or read-only
//	J3  a client that was told committed, or aborted, was told the truth
type Oracle struct {
	txs  map[string]*record
	err  error
	to   *trace.Recorder
	last trace.ID
	// Counts are the notes by text, messages by name as "send NAME", and messages
	// lost as "drop".
	Counts map[string]int
	// Hear, if not nil, is called for every event.
	Hear func(*trace.Event)
}

// record is what is known of a transaction.
type record struct {
	branches []twophase.Branch // as its client asked for
	voted    map[node.Addr]bool
	adopted  map[node.Addr]twophase.Decision
	told     twophase.Decision
}

func newOracle(to *trace.Recorder) *Oracle {
	return &Oracle{txs: map[string]*record{}, Counts: map[string]int{}, to: to}
}

func (o *Oracle) of(tx string) *record {
	r := o.txs[tx]
	if r == nil {
		r = &record{voted: map[node.Addr]bool{}, adopted: map[node.Addr]twophase.Decision{}}
		o.txs[tx] = r
	}
	return r
}

// asked takes notice that a client asks for a commit.
func (o *Oracle) asked(tx twophase.TxID, branches []twophase.Branch) {
	o.of(tx.String()).branches = slices.Clone(branches)
}

// tell takes notice of what a client was told.
func (o *Oracle) tell(tx twophase.TxID, d twophase.Decision) {
	r := o.of(tx.String())
	if d != twophase.Committed && d != twophase.Aborted {
		return
	}
	if r.told != twophase.Undecided && r.told != d {
		o.object("truth: the client was told that %v is %v, and then %v", tx, r.told, d)
	}
	r.told = d
	for a, adopted := range r.adopted { //parley:unordered objects whichever comes first, and there is one decision
		if adopted != d {
			o.object("truth: the client is told that %v is %v, and %s has it %v", tx, d, a, adopted)
		}
	}
}

// Record implements sim.Observer.
func (o *Oracle) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		o.Counts[e.What]++
		o.noted(&e)
	case trace.Drop:
		o.Counts["drop"]++
	case trace.Send:
		o.Counts["send "+e.What]++
	}
	if o.Hear != nil {
		o.Hear(&e)
	}
	if o.to == nil {
		o.last++
		return o.last
	}
	o.last = o.to.Record(e)
	return o.last
}

func (o *Oracle) noted(e *trace.Event) {
	tx := ""
	for _, a := range e.Attrs() {
		if a.Key == "tx" {
			tx = a.Value.String()
		}
	}
	switch e.What {
	case "votes yes", "votes read-only":
		o.of(tx).voted[e.Place] = true
	case "committed":
		o.adopt(tx, e.Place, twophase.Committed)
	case "aborted":
		o.adopt(tx, e.Place, twophase.Aborted)
	}
}

// adopt judges a decision that a participant has just adopted.
func (o *Oracle) adopt(tx string, at node.Addr, d twophase.Decision) {
	r := o.of(tx)
	if before, has := r.adopted[at]; has && before != d {
		o.object("stability: %s had %s %v, and now %v", at, tx, before, d)
	}
	r.adopted[at] = d
	for _, b := range r.branches {
		if other, has := r.adopted[b.Participant]; has && other != d {
			o.object("agreement: %s has %s %v, %s has it %v", at, tx, d, b.Participant, other)
		}
		if d == twophase.Committed && !r.voted[b.Participant] {
			o.object("unanimity: %s commits %s, for which %s has not voted", at, tx, b.Participant)
		}
	}
	if r.told != twophase.Undecided && r.told != d {
		o.object("truth: the client was told that %s is %v, and %s has it %v", tx, r.told, at, d)
	}
}

// object keeps the first objection.
func (o *Oracle) object(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(format, args...)
	}
}

// settled judges a transaction at rest: whoever had to hear of the commit has.
func (o *Oracle) settled() error {
	for tx, r := range o.txs { //parley:unordered the first of several violations will do
		if r.told != twophase.Committed {
			continue
		}
		for _, b := range r.branches {
			if !b.ReadOnly && r.adopted[b.Participant] != twophase.Committed {
				return fmt.Errorf("truth: the client was told that %s is committed, and at %s it is not", tx, b.Participant)
			}
		}
	}
	return o.err
}

// committed tells whether some participant has committed a transaction.
func (o *Oracle) committed(tx twophase.TxID) bool {
	for _, d := range o.of(tx.String()).adopted { //parley:unordered asks whether there is one
		if d == twophase.Committed {
			return true
		}
	}
	return false
}
