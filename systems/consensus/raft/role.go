package raft

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// role is what a server is in its term (§5.1, Figure 4). Legal transitions:
//
//	follower ──timeout──► preCandidate ──majority would──► candidate ──majority──► leader
//	   ▲                       │                               │                     │
//	   └───────────────── leader of the term, or a higher term heard ◄──────────────┘
type role uint8

const (
	follower role = iota
	preCandidate
	candidate
	leader
)

func (x role) String() string {
	return [...]string{"follower", "pre-candidate", "candidate", "leader"}[x]
}

func (x role) public() rsm.Role {
	switch x {
	case leader:
		return rsm.Leading
	case follower:
		return rsm.Following
	}
	return rsm.Electing
}

// become changes the role. What belongs to the old one is void from here on.
func (r *Raft) become(next role) {
	legal := map[role][]role{
		follower:     {follower, preCandidate, candidate},
		preCandidate: {follower, preCandidate, candidate},
		candidate:    {follower, preCandidate, candidate, leader},
		leader:       {follower},
	}
	if !contains(legal[r.role], next) {
		panic(fmt.Sprintf("raft: %v to %v in term %d", r.role, next, r.term))
	}
	if r.role == leader {
		r.retire()
	}
	r.role, r.votes = next, nil
}

// becomeFollower steps back: a higher term was heard of, or a leader of this
// one, or this leader may no longer lead.
func (r *Raft) becomeFollower(term Term, of node.Addr) {
	if term > r.term {
		r.enterTerm(term, "")
		//parley:rule raft.term.epochs drop
		r.saveVote()
	}
	wasLeader := r.role == leader
	r.become(follower)
	r.leader = of
	if wasLeader {
		r.resetDeadline()
		r.election.Reset(r.deadline - r.env.Elapsed())
	}
}

// enterTerm begins a higher term, with a vote for candidate or none yet. The
// caller saves it.
func (r *Raft) enterTerm(term Term, candidate node.Addr) {
	if term <= r.term {
		panic(fmt.Sprintf("raft: term %d to %d", r.term, term))
	}
	r.term, r.votedFor, r.leader = term, candidate, ""
}

// observe applies the rule for terms that stands in front of every message
// (§5.1): a higher term makes this server a follower of it, a lower one makes
// the message void. It reports whether the message is of the current term.
func (r *Raft) observe(term Term) (current bool) {
	//parley:rule raft.term.reject-or-step-down force=false
	if term > r.term {
		r.becomeFollower(term, "")
	}
	return term == r.term
}

// resetDeadline draws the election timeout afresh from [T, 2T] (§5.2).
func (r *Raft) resetDeadline() {
	t := r.cfg.ElectionTimeout
	//parley:rule raft.election.randomized-timeouts value=t
	timeout := t + time.Duration(r.env.Rand().Int64N(int64(t)+1))
	r.deadline = r.env.Elapsed() + timeout
}

func contains[T comparable](s []T, x T) bool {
	for _, y := range s {
		if y == x {
			return true
		}
	}
	return false
}
