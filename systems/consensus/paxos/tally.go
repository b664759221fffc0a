package paxos

import "slices"

// maxTallied bounds the proposals that a learner counts acceptances of. The
// lowest-numbered is given up for a new one: who gives up counting learns later,
// never wrongly.
const maxTallied = 64

// Tally counts acceptances, for each proposal by itself.
type Tally struct{ counts []count }

type count struct {
	of Proposal
	by Voters
}

// Accept takes an acceptance into account, and tells whether that proposal is
// known to be chosen by it.
func (t *Tally) Accept(from int, p Proposal, quorum int) (chosen bool) {
	//parley:rule paxos.chosen.majority-of-one-proposal value=Proposal{Value:p.Value}
	of := p
	c := t.count(of)
	c.by = c.by.With(from)
	//parley:rule paxos.safety.learn-only-chosen value=true
	return c.by.Count() >= quorum
}

// count returns the counter of a proposal, a new one if there is none.
func (t *Tally) count(p Proposal) *count {
	for i := range t.counts {
		if t.counts[i].of == p {
			return &t.counts[i]
		}
	}
	if len(t.counts) == maxTallied {
		t.counts = slices.Delete(t.counts, t.lowest(), t.lowest()+1)
	}
	t.counts = append(t.counts, count{of: p})
	return &t.counts[len(t.counts)-1]
}

func (t *Tally) lowest() (at int) {
	for i := range t.counts {
		if t.counts[i].of.Number.Less(t.counts[at].of.Number) {
			at = i
		}
	}
	return at
}
