package multipaxos

import (
	"log/slog"
	"math/bits"
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// leadership is the volatile state of a leader, begun anew with each ballot.
//
//	     start           next            began
//	┄┄┬────┬───────────────┬───────────────┬
//	  │    │ proposed      │ adopted, not  │ new commands
//	┄┄┴────┴───────────────┴ proposed yet ─┴
type leadership struct {
	on     bool
	ballot Ballot
	config *Configuration // of all slots that this leadership proposes in
	until  Slot           // the first slot that is not among them, 0 if none is known

	start   Slot    // chosen when it began
	adopted []Value // for the slots behind start, which phase 1 told of
	began   Slot    // the last of those
	next    Slot    // to propose in

	peers     []*peer // the members, this replica included, and pupils
	me        *peer
	voters    uint32   // the bits of those that count
	accepted  []uint32 // of the open slots, by slot modulo α: who has accepted
	unchosen  int64    // size of the values proposed and not chosen
	onDisk    func()   // is called for each value proposed, once it is durable here
	own       Slot     // as far as that was called
	reads     rounds.Reads
	leaseVoid bool // another was asked to take over
	transfer  *transfer
	change    *change
}

// lead begins phase 2 in all slots that phase 1 told of (PMS §3).
func (r *Paxos) lead() {
	c := r.campaign
	r.campaign = nil
	r.env.Note("lead", slog.Uint64("ballot", uint64(c.ballot)))
	for s := r.chosen + 1; s <= r.votes.last(); s++ {
		if b := r.votes.ballot(s); b != 0 {
			c.report(Vote{Slot: s, Ballot: b, Value: *r.votes.at(s)})
		}
	}
	l := &r.leading
	*l = leadership{on: true, ballot: c.ballot, start: r.chosen, next: r.chosen + 1, own: r.chosen}
	l.onDisk = r.ownVotes(c.ballot)
	l.config, l.until = r.configs.of(r.chosen + 1)
	l.accepted = make([]uint32, l.config.Alpha)
	//parley:rule multipaxos.leader.election-and-liveness value=nil
	l.adopted = c.adopt(r.chosen + 1)
	l.began = l.start + Slot(len(l.adopted))
	r.noteAdopted()
	for _, m := range l.config.Members {
		r.addPeer(m)
	}
	r.holder, r.heard, r.refusals = r.self, r.env.Elapsed(), 0
	r.settle(r.self)
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
	r.startRound()
	r.proposeMore()
}

// adopt returns the values that must be proposed from a slot on: what was told of,
// and no-ops in the gaps (I3).
func (c *campaign) adopt(from Slot) []Value {
	var values []Value
	if from-c.from < Slot(len(c.found)) {
		for _, v := range c.found[from-c.from:] {
			if v.Ballot == 0 {
				v.Value = Value{Kind: Noop}
			}
			values = append(values, v.Value)
		}
	}
	return values
}

// noteAdopted tells what phase 1 left to be done.
func (r *Paxos) noteAdopted() {
	if len(r.leading.adopted) > 0 {
		r.env.Note("adopted", slog.Int("values", len(r.leading.adopted)))
	}
	for _, v := range r.leading.adopted {
		if v.Kind == Noop {
			r.env.Note("gap filled")
			return
		}
	}
}

// retire ends a leadership, and with it all that hoped for it.
func (r *Paxos) retire() {
	if !r.leading.on {
		return
	}
	r.env.Note("retire", slog.Uint64("ballot", uint64(r.leading.ballot)))
	r.heartbeat.Stop()
	old := r.leading
	r.leading = leadership{}
	r.leader = ""
	r.handed = old.transfer
	old.reads.Abandon(rsm.ErrNotLeader)
	old.change.abandon()
	r.resetDeadline()
	r.timer.Reset(r.deadline - r.env.Elapsed())
}

// isQuorum tells whether those who have accepted are one.
func (l *leadership) isQuorum(accepted uint32) bool {
	return bits.OnesCount32(accepted&l.voters) >= l.config.quorum()
}

// quorumOf returns the greatest number that a quorum has reached.
func (l *leadership) quorumOf(of func(*peer) uint64) uint64 {
	var room [maxMembers]uint64
	sorted := room[:0] // the greatest first
	for _, p := range l.peers {
		if p.bit&l.voters == 0 {
			continue
		}
		v, i := of(p), len(sorted)
		sorted = append(sorted, v)
		for ; i > 0 && sorted[i-1] < v; i-- {
			sorted[i] = sorted[i-1]
		}
		sorted[i] = v
	}
	return sorted[l.config.quorum()-1]
}

func roundOf(p *peer) uint64 { return p.round }

// onHeartbeatTimer keeps others from becoming candidates, and lets them notice what
// they have missed.
func (r *Paxos) onHeartbeatTimer() {
	if !r.leading.on {
		return
	}
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
	if !r.hearsQuorum() {
		r.env.Note("no quorum", slog.Uint64("ballot", uint64(r.leading.ballot)))
		r.retire()
	} else {
		r.startRound()
		r.advanceChange()
		r.giveUpTransfer()
	}
	r.tell()
}

// hearsQuorum tells whether a quorum has answered within the longest timeout: a
// leader without one gets nothing chosen, and those who wait for it should know.
func (r *Paxos) hearsQuorum() bool {
	now := r.env.Elapsed()
	r.leading.me.heard = now
	heard := r.leading.quorumOf(func(p *peer) uint64 { return uint64(p.heard) })
	return time.Duration(heard)+2*r.cfg.Timeout > now
}
