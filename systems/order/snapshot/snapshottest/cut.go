package snapshottest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/order/snapshot"
	"github.com/parleysystems/parley/systems/order/vector"
)

// cut is a snapshot of the bank, decoded.
type cut struct {
	accounts []account
	inFlight [][][]*Transfer // by sender, by receiver
}

// decode reads a snapshot of the bank.
func decode(g *snapshot.Global) (*cut, error) {
	n := len(g.Members)
	c := &cut{accounts: make([]account, n), inFlight: make([][][]*Transfer, n)}
	for p := range n {
		a, err := unmarshal[account](g.Parts[p].State)
		if err != nil {
			return nil, err
		}
		c.accounts[p] = account{a.Balance, vector.New(n)}
		c.accounts[p].Clock.Merge(a.Clock)
		c.inFlight[p] = make([][]*Transfer, n)
		for q := range n {
			messages, err := g.InFlight(p, q)
			if err != nil {
				return nil, err
			}
			for _, m := range messages {
				c.inFlight[p][q] = append(c.inFlight[p][q], m.(*Transfer))
			}
		}
	}
	return c, nil
}

// before returns how many events of a branch are before the cut.
func (c *cut) before(p int) uint64 { return c.accounts[p].Clock[p] }

// has tells whether an event is before the cut.
func (c *cut) has(m moment) bool { return uint64(m.index) < c.before(m.branch) }

// closed demands that what happened before an event before the cut is before
// it: by the vectors of the events, and by the pairs of sends and receives.
func (c *cut) closed(h *history) error {
	for _, m := range h.order {
		e := h.of[m.branch][m.index]
		if !c.has(m) {
			continue
		}
		for q := range c.accounts {
			if e.clock[q] > c.before(q) {
				return fmt.Errorf("the cut is not closed: event %d of branch %d is before it, and event %d of branch %d, which happened before, after",
					m.index+1, m.branch, e.clock[q], q)
			}
		}
		if !e.send && e.number > c.before(e.peer) {
			return fmt.Errorf("branch %d received before the cut what branch %d sent after it, as event %d", m.branch, e.peer, e.number)
		}
	}
	return nil
}

// included demands that a channel's state is what was sent before the cut and
// received after it, in the order of sending.
func (c *cut) included(h *history) error {
	received := map[moment]uint64{} // by sending: which event of the receiver
	for _, events := range h.of {
		for i, e := range events {
			if !e.send {
				received[moment{e.peer, int(e.number)}] = uint64(i + 1)
			}
		}
	}
	n := len(c.accounts)
	for p := range n {
		want := make([][]uint64, n)
		for i, e := range h.of[p] {
			at, came := received[moment{p, i + 1}]
			if e.send && uint64(i) < c.before(p) && (!came || at > c.before(e.peer)) {
				want[e.peer] = append(want[e.peer], e.number)
			}
		}
		for q := range n {
			var have []uint64
			for _, t := range c.inFlight[p][q] {
				have = append(have, t.Number)
			}
			if !slices.Equal(have, want[q]) {
				return fmt.Errorf("the channel from %d to %d is recorded with sendings %v; in flight across the cut are %v", p, q, have, want[q])
			}
		}
	}
	return nil
}

// conserved demands that no money is missing or there twice.
func (c *cut) conserved() error {
	var accounts, flying int64
	for p, a := range c.accounts {
		accounts += a.Balance
		for _, transfers := range c.inFlight[p] {
			for _, t := range transfers {
				flying += t.Amount
			}
		}
	}
	if want := int64(len(c.accounts)) * opening; accounts+flying != want {
		return fmt.Errorf("the accounts hold %d and the channels %d, together %d, want %d", accounts, flying, accounts+flying, want)
	}
	return nil
}

// passes plays the run again with all that is before the cut first. It must be a
// run (nothing is received before it is sent), pass through the recorded
// balances, and end where the run ended.
func (c *cut) passes(h *history) error {
	n := len(c.accounts)
	balances, sent := make([]int64, n), make([]uint64, n)
	for p := range balances {
		balances[p] = opening
	}
	play := func(before bool) error {
		for _, m := range h.order {
			e := h.of[m.branch][m.index]
			switch {
			case c.has(m) != before:
				continue
			case e.send:
				balances[m.branch] -= e.amount
				sent[m.branch] = e.number
			case sent[e.peer] < e.number:
				return fmt.Errorf("no run: branch %d receives event %d of branch %d before that", m.branch, e.number, e.peer)
			default:
				balances[m.branch] += e.amount
			}
		}
		return nil
	}
	if err := play(true); err != nil {
		return err
	}
	for p, a := range c.accounts {
		if a.Balance != balances[p] {
			return fmt.Errorf("the run through the cut has branch %d at %d; recorded is %d", p, balances[p], a.Balance)
		}
	}
	return play(false)
}

// was tells whether the system was ever in the recorded state at one instant.
func (c *cut) was(h *history) bool {
	after := false
	for _, m := range h.order {
		if c.has(m) && after {
			return false
		}
		after = after || !c.has(m)
	}
	return true
}
