package snapshottest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// ConsistentCut compares snapshots with what happened.
var ConsistentCut = banking{
	name: "consistent-cut",
	text: `Is a snapshot a state that the system might have been in? Branches of a bank send each other (and
themselves) money over links that lose, duplicate, delay and reorder, and take up to six snapshots, some at one
time. All events carry vector clocks. Of every snapshot it is checked that its cut is closed under
happened-before, that each channel's state is what was sent before the cut and received after it, and that the
run, played again with all events before the cut first, is a run still and passes exactly through the recorded
balances. Often the system was in that state at no instant.`,
	canon: []string{
		"chandylamport.cut.causally-closed", "chandylamport.cut.message-inclusion",
		"chandylamport.model.assumptions", "chandylamport.propagate.first-and-later-markers",
		"chandylamport.initiate.record-then-mark", "chandylamport.goals.non-intrusive-any-initiator",
	},
	sometimes: []string{
		"the recorded state never was", "a message was in flight across the cut",
		"the initiator recorded channels, without a first marker",
	},
	judge: func(r *ordertest.Run, _ *Group, h *history, s taken, c *cut) error {
		r.Marks.Sometimes("the initiator recorded channels, without a first marker", len(s.Parts[s.ID.Initiator].Channels) > 0)
		r.Marks.Sometimes("the recorded state never was", !c.was(h))
		for p := range c.inFlight {
			for q := range c.inFlight[p] {
				r.Marks.Sometimes("a message was in flight across the cut", len(c.inFlight[p][q]) > 0)
			}
		}
		for _, check := range []func(*history) error{c.closed, c.included, c.passes} {
			if err := check(h); err != nil {
				return err
			}
		}
		return nil
	},
}.register()

// Conservation counts money.
var Conservation = banking{
	name: "conservation",
	text: `Do snapshots count all money, and none twice? What the accounts hold and what is on its way in the channels
of a snapshot must come to what the branches began with, whatever moves meanwhile. The accounts alone fall short
whenever a transfer is in flight across the cut, which happens.`,
	canon: []string{
		"chandylamport.state.processes-and-channels", "chandylamport.terminate.all-markers-in",
		"chandylamport.propagate.first-and-later-markers", "chandylamport.cut.message-inclusion",
		"chandylamport.use.checkpoint-and-stable-properties",
	},
	sometimes: []string{"the accounts alone fall short"},
	judge: func(r *ordertest.Run, _ *Group, _ *history, _ taken, c *cut) error {
		var accounts int64
		for _, a := range c.accounts {
			accounts += a.Balance
		}
		r.Marks.Sometimes("the accounts alone fall short", accounts < int64(len(c.accounts))*opening)
		return c.conserved()
	},
}.register()

// Order looks at what was sent on each channel, and where the marker stands.
var Order = banking{
	name: "record-then-mark",
	text: `Does the marker stand in every channel between what was sent before the state was recorded and what was
sent after? A bystander between each member and the network writes down what it puts into its channels. For
every snapshot there must be one marker in each of the N(N-1) channels, all transfers before it sent before the
member's cut, all behind it after.`,
	canon: []string{"chandylamport.initiate.record-then-mark", "chandylamport.terminate.all-markers-in"},
	judge: func(_ *ordertest.Run, g *Group, _ *history, s taken, c *cut) error {
		n, markers := len(g.members), 0
		for p, t := range g.tapes {
			markers += t.markers[s.ID]
			for q := range n {
				if p == q {
					continue
				}
				if err := c.marked(s.ID, t, p, q); err != nil {
					return err
				}
			}
		}
		if markers != n*(n-1) {
			return fmt.Errorf("%d markers were sent, want %d", markers, n*(n-1))
		}
		return nil
	},
}.register()

// marked checks the place of the marker in one channel.
func (c *cut) marked(id snapshot.ID, t *tape, p, q int) error {
	marked := false
	if t.sent == nil {
		return fmt.Errorf("member %d sent nothing", p)
	}
	for _, m := range t.sent[q] {
		switch m := m.(type) {
		case *snapshot.Marker:
			marked = marked || m.ID == id
		case *Transfer:
			if before := m.Number <= c.before(p); before == marked {
				return fmt.Errorf("event %d of branch %d, a transfer to %d, is before the cut (%v), and stands behind the marker (%v)",
					m.Number, p, q, before, marked)
			}
		}
	}
	if !marked {
		return fmt.Errorf("no marker in the channel from %d to %d", p, q)
	}
	return nil
}
