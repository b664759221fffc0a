package raft

import "time"

// rounds numbers the leader's heartbeats. Everything that it sends carries the
// number of the latest round and every answer repeats it. So what a quorum has
// answered for round n was sent after round n began, and none of that quorum
// had a higher term when it arrived.
type rounds struct {
	current uint64
	begun   []round // the latest ones, oldest first
	proven  round   // the latest that a quorum has answered
}

type round struct {
	number uint64
	begun  time.Duration
}

// maxRounds bounds how many unanswered rounds are remembered. Forgetting one
// costs a lease some of its length, and nothing else.
const maxRounds = 64

// startRound sends a heartbeat to everybody.
func (r *Raft) startRound() {
	rs := &r.leading.rounds
	rs.current++
	if len(rs.begun) == maxRounds {
		rs.begun = append(rs.begun[:0], rs.begun[1:]...)
	}
	rs.begun = append(rs.begun, round{rs.current, r.env.Elapsed()})
	for _, p := range r.leading.peers {
		if p == r.leading.me {
			p.round = rs.current
		} else {
			r.sendHeartbeat(p)
		}
	}
	r.proveRounds() // a group of one proves it alone
}

// proveRounds takes notice of the rounds that a quorum has answered.
func (r *Raft) proveRounds() {
	rs := &r.leading.rounds
	answered := r.leading.quorumOf(roundOf)
	if answered <= rs.proven.number {
		return
	}
	n := 0
	for n < len(rs.begun) && rs.begun[n].number <= answered {
		rs.proven = rs.begun[n]
		n++
	}
	rs.begun = append(rs.begun[:0], rs.begun[n:]...)
	rs.proven.number = answered
	r.releaseReads()
}
