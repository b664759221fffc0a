package twophase

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// This file is a participant's log: its records, and what a restart makes of
// them.

// yes is a promise to do what is decided: it is forced before the vote leaves.
type yes struct {
	Tx       TxID        `wire:"1"`
	Variant  Variant     `wire:"2"`
	Peers    []node.Addr `wire:"3"`
	Deputies []node.Addr `wire:"4"`
	Changes  []byte      `wire:"5"`
}

// outcome is what was decided, or a refusal.
type outcome struct {
	Tx       TxID     `wire:"1"`
	Decision Decision `wire:"2"`
}

// checkpoint stands for all records before it.
type checkpoint struct {
	State    []byte    `wire:"1"`
	InDoubt  []yes     `wire:"2"`
	Outcomes []outcome `wire:"3"`
	Marks    []TxID    `wire:"4"`
}

func init() {
	wire.Register[yes]("twophase.yes")
	wire.Register[outcome]("twophase.outcome")
	wire.Register[checkpoint]("twophase.checkpoint")
}

// replay goes through the log. A transaction that left no record of a yes is gone,
// and so is the right to vote yes on it: its operations are.
func (p *Participant) replay() error {
	for lsn, b := range p.log.Records(0) {
		record, err := wire.Unmarshal(b)
		if err == nil {
			p.records++
			err = p.again(record)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", lsn, err)
		}
	}
	return nil
}

func (p *Participant) again(record any) error {
	switch r := record.(type) {
	case *yes:
		return p.restore(r)
	case *outcome:
		p.conclude(r)
		return nil
	case *checkpoint:
		return p.load(r)
	}
	return fmt.Errorf("unexpected %T", record)
}

// restore puts a transaction back in doubt, with its locks.
func (p *Participant) restore(r *yes) error {
	b := p.enter(r.Tx, prepared)
	b.variant, b.peers, b.deputies = r.Variant, r.Peers, r.Deputies
	if err := p.resource.Restore(r.Tx, r.Changes); err != nil {
		return fmt.Errorf("restore %v: %w", r.Tx, err)
	}
	if d := r.decision(); d != Undecided {
		p.conclude(&outcome{r.Tx, d})
	}
	return nil
}

// decision is what the record of a yes says about the outcome.
func (r *yes) decision() Decision {
	//parley:rule twophase.scenario.participant-fails-after-yes twophase.recovery.participant value=Committed
	return Undecided
}

// conclude repeats an outcome.
func (p *Participant) conclude(r *outcome) {
	b := p.enter(r.Tx, aborted)
	if b.state == prepared {
		p.settle(b, r.Decision)
	}
}

// load replaces the state by that of a checkpoint.
func (p *Participant) load(c *checkpoint) error {
	p.branches, p.held, p.records = nil, 0, 0
	if err := p.resource.Load(c.State); err != nil {
		return fmt.Errorf("load the resource's state: %w", err)
	}
	p.marks = map[node.Addr]TxID{}
	for _, mark := range c.Marks {
		p.marks[mark.Coordinator] = mark
	}
	for _, r := range c.Outcomes {
		p.become(p.enter(r.Tx, aborted), stateOf(r.Decision))
	}
	for i := range c.InDoubt {
		if err := p.restore(&c.InDoubt[i]); err != nil {
			return err
		}
	}
	return nil
}

func stateOf(d Decision) state {
	if d == Committed {
		return committed
	}
	return aborted
}

func (p *Participant) append(record node.Message) {
	b, err := wire.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("twophase: encode a record: %v", err))
	}
	p.log.Append(b)
	p.records++
}

// compact replaces a log that has grown long by a checkpoint. Call it between two
// messages, never in the middle of one.
func (p *Participant) compact() {
	if p.records < p.cfg.Checkpoint {
		return
	}
	at := p.log.Next()
	p.append(p.checkpoint())
	p.records = 0
	p.log.Trim(at)
}

func (p *Participant) checkpoint() *checkpoint {
	c := &checkpoint{State: p.resource.Save()}
	for _, b := range p.branches {
		switch b.state {
		case prepared:
			changes, err := p.resource.Prepare(b.id)
			if err != nil {
				panic(fmt.Sprintf("twophase: resource takes back its promise to commit %v: %v", b.id, err))
			}
			c.InDoubt = append(c.InDoubt, yes{b.id, b.variant, b.peers, b.deputies, changes})
		case committed, aborted:
			// A peer may still ask, and who knows nothing refuses.
			//parley:rule twophase.guarantee.agreement drop
			c.Outcomes = append(c.Outcomes, outcome{b.id, b.state.decision()})
		}
	}
	for _, a := range slices.Sorted(maps.Keys(p.marks)) {
		c.Marks = append(c.Marks, p.marks[a])
	}
	return c
}
