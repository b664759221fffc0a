package raft

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// onElectionTimer starts an election if the leader was silent for the timeout
// (§5.2). Hearing from the leader moves only the deadline: to reset the timer
// for every message would cost more than to look again when it fires.
func (r *Raft) onElectionTimer() {
	if r.role == leader {
		return
	}
	if wait := r.deadline - r.env.Elapsed(); wait > 0 {
		r.election.Reset(wait)
		return
	}
	r.resetDeadline()
	r.election.Reset(r.deadline - r.env.Elapsed())
	if r.mayCampaign() {
		r.campaign(!r.cfg.NoPreVote, false)
	}
	r.tell()
}

// mayCampaign tells whether this server may lead: as a voter of any
// configuration that may be the committed one, which is the last known to be so
// or a later one; a server that has just started knows of none. Only a later
// one excludes it then, and those who stay may lack that entry, so that nobody
// else can win (dissertation §4.2.2). Its own vote counts for nothing in a set
// that it does not belong to.
func (r *Raft) mayCampaign() bool { return r.configs.sinceHaveVoter(r.commit, r.self) }

// campaign asks all voters for their votes; in a pre-vote, whether they would
// give them, before the term is raised: a server that cannot win then disturbs
// nobody (dissertation §9.6).
func (r *Raft) campaign(pre, transfer bool) {
	request := &RequestVote{Term: r.term + 1, LastIndex: r.log.last(), LastTerm: r.log.lastTerm(), Pre: pre, Transfer: transfer}
	r.leader = ""
	r.transferred("")
	if pre {
		r.become(preCandidate)
	} else {
		r.become(candidate)
		r.enterTerm(r.term+1, r.self)
		//parley:rule raft.election.one-vote-per-term drop
		r.saveVote()
	}
	r.env.Note("campaign", slog.Uint64("term", uint64(request.Term)), slog.Bool("pre", pre))
	for _, peer := range r.config().voters() {
		if peer != r.self {
			r.env.Send(peer, request)
		}
	}
	if pre {
		r.countVote(r.self)
		return
	}
	r.awaitOwnVote()
}

// awaitOwnVote counts the candidate's own vote once it is durable: one that is
// a quorum by itself would lead, and send early, in a term that a crash could
// make it enter a second time.
func (r *Raft) awaitOwnVote() {
	term := r.term
	r.env.Durable(func() {
		if r.role == candidate && r.term == term {
			r.countVote(r.self)
			r.tell()
		}
	})
}

// onRequestVote decides about a vote (§5.2, §5.4.1).
func (r *Raft) onRequestVote(from node.Addr, m *RequestVote) {
	// Who hears from a leader does not help to depose it (§6, and what makes
	// leases work): within the shortest timeout no other can be elected.
	//parley:rule raft.lease.refuse-votes force=false
	if m.Term > r.term && !m.Transfer && r.hearsLeader() {
		return
	}
	if !m.Pre {
		r.observe(m.Term)
	}
	granted := r.wouldVote(from, m)
	if granted && !m.Pre {
		r.votedFor = from
		//parley:rule raft.election.one-vote-per-term drop
		r.saveVote()
		r.resetDeadline()
	}
	r.env.Send(from, &RequestVoteReply{Term: r.term, Granted: granted, Pre: m.Pre, Asked: m.Term})
}

// wouldVote tells whether the candidate deserves this server's vote.
func (r *Raft) wouldVote(from node.Addr, m *RequestVote) bool {
	//parley:rule raft.election.up-to-date-check raft.safety.leader-completeness raft.commit.current-term-entry force=false
	if !r.log.upToDate(m.LastTerm, m.LastIndex) {
		return false
	}
	if m.Pre {
		return m.Term > r.term
	}
	if m.Term < r.term {
		return false
	}
	//parley:rule raft.election.at-most-one-leader-per-term value=true
	free := r.votedFor == "" || r.votedFor == from
	return free
}

// hearsLeader tells whether a leader was heard of within the shortest election
// timeout. A leader hears itself. A server that has just started may have
// heard one right before.
func (r *Raft) hearsLeader() bool {
	if r.cfg.NoCheckQuorum {
		return false
	}
	return r.role == leader || r.env.Elapsed() < r.heard+r.cfg.ElectionTimeout
}

func (r *Raft) onRequestVoteReply(from node.Addr, m *RequestVoteReply) {
	asked := r.term
	if r.role == preCandidate {
		asked++
	}
	if !r.observe(m.Term) && !m.Pre {
		return
	}
	wanted := r.role == candidate && !m.Pre || r.role == preCandidate && m.Pre
	if wanted && m.Granted && m.Asked == asked {
		r.countVote(from)
	}
}

// countVote counts a voter once, however often its answer arrives.
func (r *Raft) countVote(voter node.Addr) {
	if contains(r.votes, voter) {
		return
	}
	r.votes = append(r.votes, voter)
	//parley:rule raft.config.joint-consensus.elections value=r.config().unionQuorum(r.votes)
	won := r.config().quorum(r.votes)
	switch {
	case !won:
	case r.role == preCandidate:
		r.campaign(false, false)
	default:
		r.lead()
	}
}
