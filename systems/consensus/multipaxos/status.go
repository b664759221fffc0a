package multipaxos

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Leader returns who leads as far as this replica knows, and the ballot that it has
// promised.
func (r *Paxos) Leader() (node.Addr, uint64) {
	if r.leading.on {
		return r.self, uint64(r.leading.ballot)
	}
	return r.leader, uint64(r.promised)
}

// Status describes this replica.
func (r *Paxos) Status() rsm.Status {
	leader, epoch := r.Leader()
	c, until := r.configs.of(r.chosen + 1)
	s := rsm.Status{
		Self: r.self, Role: r.role(c), Leader: leader, Epoch: epoch,
		Committed: r.chosen, Applied: r.applied, Last: max(r.chosen, r.votes.last()), LogBytes: r.votes.bytes,
		Members: c.members(), Changing: until > 0 || r.leading.change != nil || r.handover != nil,
	}
	if r.checkpoints != nil {
		s.Snapshot = r.checkpoints.Newest().Index
	}
	return s
}

func (r *Paxos) role(c *Configuration) rsm.Role {
	switch {
	case r.leading.on:
		return rsm.Leading
	case !c.isVoter(r.self):
		return rsm.Learning
	case r.leader != "":
		return rsm.Following
	}
	return rsm.Electing
}

// Leads tells whether this replica believes that it leads.
func (r *Paxos) Leads() bool { return r.leading.on }

// Committed returns how far the chosen prefix goes that this replica knows.
func (r *Paxos) Committed() Slot { return r.chosen }

// Promised returns the highest ballot that this acceptor has promised.
func (r *Paxos) Promised() Ballot { return r.promised }

var _ node.Inspector = (*Paxos)(nil)

// State is a replica's state in the words of the papers, for whoever looks at a run.
type State struct {
	Role           string
	NextBal        string // promised as an acceptor
	LastTried      string // as a proposer
	Leader         node.Addr
	Chosen         Slot
	Applied        Slot
	Promises       []node.Addr // that a candidate has
	Acceptors      []rsm.Member
	NextChange     Slot // where other acceptors come into force, 0 for none
	CheckpointSlot Slot
	Votes          []SlotState
}

// SlotState is one slot of State.Votes.
type SlotState struct {
	Slot   Slot
	Ballot string
	Kind   string
	Data   []byte
}

// votesShown is how many slots State shows: the newest.
const votesShown = 64

// Inspect returns the state.
func (r *Paxos) Inspect() any {
	s := &State{
		NextBal: r.promised.String(), LastTried: r.tried.String(), Leader: r.leader,
		Chosen: r.chosen, Applied: r.applied, CheckpointSlot: r.votes.base, Votes: []SlotState{},
	}
	if len(r.configs.All) > 0 { // since Start
		c, until := r.configs.of(r.chosen + 1)
		s.Role, s.Acceptors, s.NextChange = r.role(c).String(), c.members(), until
	}
	if r.campaign != nil {
		for _, p := range r.campaign.asked {
			if p.done {
				s.Promises = append(s.Promises, p.addr)
			}
		}
	}
	for i := max(r.votes.base+1, r.votes.last()-min(r.votes.last(), votesShown-1)); i <= r.votes.last(); i++ {
		if b := r.votes.ballot(i); b != 0 {
			v := r.votes.at(i)
			s.Votes = append(s.Votes, SlotState{i, b.String(), v.Kind.String(), v.Data})
		}
	}
	return s
}
