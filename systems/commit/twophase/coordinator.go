package twophase

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Coordinator is a node that decides transactions.
type Coordinator struct {
	cfg      Config
	deputies []node.Addr
	journal  Journal

	env         node.Env
	tick        node.Timer
	ticking     bool
	opened      bool
	incarnation uint64
	number      uint64
	active      []*transaction // by TxID: begun or unfinished
	inquests    []*inquest     // the oldest first
}

// transaction is what a coordinator knows of one.
type transaction struct {
	id       TxID
	variant  Variant
	phase    phase
	decision Decision
	branches []part
	client   node.Addr     // who waits for the outcome; "" if nobody does
	started  bool          // the journal has the first phase, as far as it needs it
	staged   bool          // unanimous votes commit it
	due      time.Duration // when to lose patience
}

// part is a branch with what its participant has said.
type part struct {
	Branch
	vote  Vote
	acked bool // it knows the decision, or need not
}

type phase uint8

const (
	begun    phase = iota
	voting         // first phase
	deciding       // the journal is at it
	decided        // second phase
)

// NewCoordinator returns a coordinator that logs on its own host. It panics if
// cfg is not valid.
func NewCoordinator(cfg Config) *Coordinator {
	return NewCoordinatorOn(&ownLog{cfg: cfg.withDefaults()}, nil, cfg)
}

// NewCoordinatorOn returns a coordinator on another journal, which it may share
// with others; deputies are those others.
func NewCoordinatorOn(journal Journal, deputies []node.Addr, cfg Config) *Coordinator {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Coordinator{cfg: cfg.withDefaults(), journal: journal, deputies: deputies}
}

// Start implements node.Node.
func (c *Coordinator) Start(env node.Env) {
	c.env = env
	c.tick = env.Timer(c.onTick)
	c.journal.Open(env, c.recover)
}

// Receive implements node.Node.
func (c *Coordinator) Receive(from node.Addr, m node.Message) {
	if !c.opened {
		return // whoever asks asks again
	}
	switch m := m.(type) {
	case *Begin:
		c.onBegin(from)
	case *Finish:
		c.onFinish(from, m)
	case *Voted:
		c.onVoted(from, m)
	case *Ack:
		c.onAck(from, m)
	case *Inquire:
		c.onInquire(from, m)
	case *Status:
		c.onStatus(from, m)
	}
	c.arm()
}

// recover goes on with what earlier incarnations left. Who has a commit record
// is told commit again; who has none is aborted, and surely nobody was told to
// commit; or its votes are collected again, and surely nobody was told anything.
func (c *Coordinator) recover(o Opening) {
	c.opened, c.incarnation = true, o.Incarnation
	for _, e := range o.Unfinished {
		t := &transaction{id: e.Tx, variant: e.Variant, phase: decided, decision: e.Decision}
		for _, b := range e.Branches {
			t.branches = append(t.branches, part{Branch: b})
		}
		//parley:rule twophase.recovery.coordinator drop
		c.active = append(c.active, t)
	}
	for _, t := range slices.Clone(c.active) {
		switch {
		case t.decision != Undecided:
			c.announce(t)
		case c.cfg.Parallel:
			t.phase = deciding
			c.inquire(t.id, t.variant, t.list(), func(d Decision) { c.settle(t, d) })
		case c.cfg.Reprepare:
			c.prepare(t)
		default:
			c.decide(t, Aborted)
		}
	}
	c.arm()
}

func (c *Coordinator) find(tx TxID) *transaction {
	i, found := c.place(tx)
	if !found {
		return nil
	}
	return c.active[i]
}

func (c *Coordinator) place(tx TxID) (int, bool) {
	return slices.BinarySearchFunc(c.active, tx, func(t *transaction, tx TxID) int { return t.id.Compare(tx) })
}

// forget gives a transaction up. The order of the others stays.
func (c *Coordinator) forget(t *transaction) {
	if i, found := c.place(t.id); found {
		c.active = slices.Delete(c.active, i, i+1)
	}
}

// Unfinished returns the transactions that are not over, the oldest first.
func (c *Coordinator) Unfinished() []TxID {
	var ids []TxID
	for _, t := range c.active {
		ids = append(ids, t.id)
	}
	return ids
}

func (c *Coordinator) note(what string, t *transaction) {
	c.env.Note(what, slog.String("tx", t.id.String()))
}

// Inspect implements node.Inspector.
func (c *Coordinator) Inspect() any {
	lines := []string{fmt.Sprintf("incarnation %d", c.incarnation)}
	for _, t := range c.active {
		line := fmt.Sprintf("%v %s %v:", t.id, [...]string{"begun", "voting", "deciding", "decided"}[t.phase], t.decision)
		for _, b := range t.branches {
			line += fmt.Sprintf(" %s %v", b.Participant, b.vote)
			if b.acked {
				line += " acked"
			}
		}
		lines = append(lines, line)
	}
	return lines
}
