package paxostest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Oracle knows everything that was ever said, and so what was chosen: an
// acceptance counts once it has left its acceptor, whether or not it arrives.
// It keeps books of its own, by number and by value, in maps of the test's.
type Oracle struct {
	cfg      paxos.Config
	proposed map[paxos.Value]bool
	issued   map[paxos.Ballot]paxos.Value
	starts   map[node.Addr]int    // incarnations of proposers
	prepares map[paxos.Ballot]int // attempts, by number, with the incarnation that made each
	decided  bool                 // some proposer knew
	used     map[node.Addr]paxos.Ballot
	promised map[node.Addr]paxos.Ballot
	accepted map[paxos.Proposal]map[node.Addr]bool
	chosen   []paxos.Proposal
	learned  map[node.Addr]bool
	err      error

	rejects int // messages
}

func newOracle(cfg paxos.Config) *Oracle {
	return &Oracle{
		cfg: cfg, proposed: map[paxos.Value]bool{}, issued: map[paxos.Ballot]paxos.Value{},
		starts: map[node.Addr]int{}, prepares: map[paxos.Ballot]int{}, used: map[node.Addr]paxos.Ballot{}, promised: map[node.Addr]paxos.Ballot{},
		accepted: map[paxos.Proposal]map[node.Addr]bool{}, learned: map[node.Addr]bool{},
	}
}

func (o *Oracle) object(format string, args ...any) {
	if o.err == nil {
		o.err = consensustest.NewBroken(fmt.Errorf(format, args...))
	}
}

func (o *Oracle) propose(v paxos.Value) { o.proposed[v] = true }

// quorum is what the paper calls a majority, counted here.
func (o *Oracle) quorum() int { return max(len(o.cfg.Acceptors)/2+1, o.cfg.Quorum) }

func (o *Oracle) hear(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *paxos.Submit:
		o.propose(m.Value)
	case *paxos.Prepare:
		o.prepare(from, m.Number)
	case *paxos.Promise:
		o.promise(from, m)
	case *paxos.Accept:
		o.issue(from, m.Proposal)
	case *paxos.Accepted:
		o.accept(from, m.Proposal)
	case *paxos.Reject:
		o.rejects++
	case *paxos.Decided:
		o.says(from, m.Value)
	case *paxos.Outcome:
		if m.Refused == "" {
			o.says(from, m.Value)
		}
	}
}

// prepare demands that numbers are used once, and grow.
func (o *Oracle) prepare(from node.Addr, n paxos.Ballot) {
	if before := o.used[from]; n.Less(before) {
		o.object("numbers: %s prepares %v after %v", from, n, before)
	}
	if begun, again := o.prepares[n]; again && begun != o.starts[from] {
		o.object("numbers: %v is used a second time, by %s", n, from)
	}
	o.prepares[n] = o.starts[from]
	o.used[from] = n
}

// promise demands that no acceptor goes back behind what it said.
func (o *Oracle) promise(from node.Addr, m *paxos.Promise) {
	if before := o.promised[from]; m.Number.Less(before) {
		o.object("promises: %s promises %v after %v", from, m.Number, before)
	}
	o.promised[from] = m.Number
	if !m.Accepted.IsZero() {
		o.accept(from, m.Accepted)
	}
}

// issue demands that a proposal has a number of its own, a value that somebody
// proposed, and the value of every choice below it (I4).
func (o *Oracle) issue(from node.Addr, p paxos.Proposal) {
	if v, again := o.issued[p.Number]; again && v != p.Value {
		o.object("numbers: %v is used for %q and for %q, by %s", p.Number, v, p.Value, from)
	}
	if !o.proposed[p.Value] {
		o.object("validity: %s puts %v forward, which nobody proposed", from, p)
	}
	for _, c := range o.chosen {
		o.carries(c, p)
	}
	o.issued[p.Number] = p.Value
}

func (o *Oracle) carries(chosen, p paxos.Proposal) {
	if chosen.Number.Less(p.Number) && chosen.Value != p.Value {
		o.object("higher proposals carry the chosen value: %v was issued, although %v is chosen", p, chosen)
	}
}

// accept counts for exactly this proposal.
func (o *Oracle) accept(from node.Addr, p paxos.Proposal) {
	by := o.accepted[p]
	if by == nil {
		by = map[node.Addr]bool{}
		o.accepted[p] = by
	}
	if by[from] || !slices.Contains(o.cfg.Acceptors, from) {
		return
	}
	by[from] = true
	if len(by) != o.quorum() {
		return
	}
	o.chosen = append(o.chosen, p)
	if first := o.chosen[0]; first.Value != p.Value {
		o.object("agreement: %v is chosen, and %v was", p, first)
	}
	for n, v := range o.issued {
		o.carries(p, paxos.Proposal{Number: n, Value: v})
	}
}

// learns checks what a learner knows.
func (o *Oracle) learns(who node.Addr, v paxos.Value) {
	if !o.learned[who] {
		o.learned[who] = true
		o.says(who, v)
	}
}

// says demands that what is announced was chosen.
func (o *Oracle) says(who node.Addr, v paxos.Value) {
	for _, p := range o.chosen {
		if p.Value == v {
			return
		}
	}
	o.object("learning: %s announces %q; chosen: %v", who, v, o.chosen)
}

// values returns how many different values some acceptor has accepted.
func (o *Oracle) values() int {
	different := map[paxos.Value]bool{}
	for p := range o.accepted {
		different[p.Value] = true
	}
	return len(different)
}

// acceptances lists who has accepted what, sorted.
func (o *Oracle) acceptances() (lines []string) {
	for p, by := range o.accepted {
		for a := range by {
			lines = append(lines, fmt.Sprint(p, " ", a))
		}
	}
	slices.Sort(lines)
	return lines
}
