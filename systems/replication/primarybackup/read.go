package primarybackup

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// A read needs no place in the log, but the backup's word that the view is still
// its own (I4): a primary that was replaced gets none. Reads that arrive together
// share a round of messages (package rounds), whose quorum is the backup.

// Barrier runs done once this server's state is fresh enough. There is no lease:
// the view server promises nobody how long a view will last.
func (r *Server) Barrier(level rsm.Level, done func(error)) {
	if level >= rsm.Serializable {
		done(nil)
		return
	}
	// Who is not primary has the primary's answer or none: what it holds itself is
	// too old or too new.
	//parley:rule primarybackup.rule.non-primary-rejects-clients force=false
	if !r.leading.on {
		r.askPrimary(level, done)
		return
	}
	r.barrier(func(_ rsm.Index, err error) { done(err) })
}

func (r *Server) askPrimary(level rsm.Level, done func(error)) {
	if r.view.Primary == "" || r.view.Primary == r.self {
		done(rsm.ErrNoLeader)
		return
	}
	r.asking.Ask(r.Env, r.view.Primary, level, done)
}

// barrier finds the index that a fresh state must reflect. When it calls then,
// this primary has executed that far.
func (r *Server) barrier(then func(rsm.Index, error)) {
	if err := r.leading.reads.Await(r.knowsCommit(), r.Committed(), then); err != nil {
		then(0, err)
		return
	}
	if r.knowsCommit() {
		r.startRound()
	}
}

// knowsCommit tells whether this primary has executed everything that an earlier
// one, or its own earlier incarnation, may have answered.
func (r *Server) knowsCommit() bool { return r.Committed() >= r.leading.began }

// startRound asks the backup whether it still follows.
func (r *Server) startRound() {
	l := &r.leading
	round := l.reads.Begin(r.Env.Elapsed())
	//parley:rule primarybackup.splitbrain.disagreement primarybackup.goal.single-server-abstraction force=true
	if r.alone() {
		l.reads.Prove(round)
		r.releaseReads()
		return
	}
	if l.backup != nil {
		l.backup.Tell(round)
	}
}

// releaseReads answers the reads whose round is proven.
func (r *Server) releaseReads() {
	l := &r.leading
	if r.Applying() || !r.knowsCommit() {
		return
	}
	if l.reads.Date(r.Committed()) {
		r.startRound()
		return
	}
	l.reads.Release()
}

func (r *Server) onAsk(from node.Addr, m *rounds.Ask) {
	if !r.leading.on {
		return
	}
	r.barrier(func(i rsm.Index, err error) {
		if err == nil {
			r.Env.SendEarly(from, &rounds.Answer{ID: m.ID, Index: i}) // Early: what is committed is on all disks that it needs
		}
	})
}

// HoldsLease tells whether this is a primary that needs nobody's word.
func (r *Server) HoldsLease() bool {
	return r.leading.on && r.alone() && r.knowsCommit() && !r.Applying()
}
