package vr

import (
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// primaryState is the volatile state of a primary, begun anew with each view.
type primaryState struct {
	on    bool
	group *Configuration
	peers []*backup // the group, this replica included, in its order, and the learners
	me    *backup

	began       OpNumber // where the log ended when the view began
	uncommitted int64    // size of the entries taken on and not committed
	onDisk      func()   // is called for each entry taken on, once it is durable

	reads    rounds.Reads
	transfer *transfer
	// next is where the Reconfiguration is that ends this epoch, 0 for none:
	// requests pause behind it (§7.1).
	next OpNumber
	done func(error) // of who asked for it
}

// backup is what a primary knows of one replica.
type backup struct {
	addr    node.Addr
	learner bool // it counts for no quorum

	ready bool     // has entered this view
	acked OpNumber // its log equals the primary's that far
	next  OpNumber // the next entry to send
	told  OpNumber // the highest commit-number sent to it
	heard time.Duration
	round uint64
}

// awaitLead begins the primacy of the present view once everything that it
// rests on is durable: from then on messages may leave ahead of the disk.
func (r *VR) awaitLead() {
	v := r.view
	r.env.Durable(func() {
		if r.status == normal && r.view == v && !r.leading.on {
			r.lead()
			r.tell()
		}
	})
}

// lead begins the view as its primary (§4.2, step 5).
func (r *VR) lead() {
	r.env.Note("lead", slog.Uint64("view", uint64(r.view)))
	l := &r.leading
	*l = primaryState{on: true, group: r.group(), began: r.log.last(), onDisk: r.ownCopies(r.view)}
	for _, a := range l.group.all() {
		b := &backup{addr: a, learner: !l.group.has(a), next: r.log.last() + 1, heard: r.env.Elapsed()}
		l.peers = append(l.peers, b)
		if a == r.self {
			l.me = b
		}
	}
	l.me.ready, l.me.acked = true, r.log.last()
	if n, c := r.configs.latest(); c.Epoch > r.view.Epoch() {
		l.next = n // an earlier view left it; nothing stands behind it
	}
	r.settle(r.self)
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
	for _, b := range l.peers {
		if b != l.me {
			r.env.Send(b.addr, &StartView{View: r.view, Op: r.log.last(), Commit: r.commit})
		}
	}
	r.advanceCommit()
}

// retire ends a primacy, and with it all that hoped for it.
func (r *VR) retire() {
	if !r.leading.on {
		return
	}
	r.heartbeat.Stop()
	old := r.leading
	r.leading = primaryState{}
	r.handed = old.transfer
	old.reads.Abandon(rsm.ErrNotLeader)
	if old.done != nil {
		old.done(rsm.ErrUnknown)
	}
}

// backup returns what this primary knows of a replica, or nil.
func (l *primaryState) backup(a node.Addr) *backup {
	for _, b := range l.peers {
		if b.addr == a {
			return b
		}
	}
	return nil
}

// Submit gives a request the next op-number (§4.1, step 3).
func (r *VR) Submit(command []byte) (rsm.Index, error) {
	l := &r.leading
	if !l.on {
		return 0, rsm.ErrNotLeader
	}
	//parley:rule vr.vs-raft.membership force=false
	if l.next > 0 {
		return 0, rsm.ErrBusy // the epoch ends (I6)
	}
	if l.transfer != nil || l.uncommitted >= r.cfg.MaxUncommittedBytes {
		return 0, rsm.ErrBusy
	}
	return r.propose(Request, command), nil
}

func (r *VR) propose(kind Kind, data []byte) OpNumber {
	e := Entry{View: r.view, Kind: kind, Data: data}
	r.log.append(recordEntry, e)
	if kind == Reconfiguration {
		r.groupAt(r.log.last())
	}
	r.leading.uncommitted += e.size()
	r.env.Durable(r.leading.onDisk)
	for _, b := range r.leading.peers {
		r.prepare(b)
	}
	return r.log.last()
}

// prepare sends a backup entries as far as the window allows.
//
// Early: entries may overtake the primary's own disk, since it counts itself only
// once they are durable there. After a crash it does not go on in this view, so
// it never gives their op-numbers to others (I3). The view is durable: lead was
// called by Durable.
func (r *VR) prepare(b *backup) {
	for b != r.leading.me && b.ready && b.next <= r.log.last() && b.next <= b.acked+OpNumber(r.cfg.MaxInflight) {
		if b.next <= r.log.base {
			return // it will find out by the next Commit, and fetch a checkpoint
		}
		entries := r.log.between(b.next, r.log.last(), r.cfg.MaxEntriesPerMessage, r.cfg.MaxBatchBytes)
		r.env.SendEarly(b.addr, &Prepare{
			View: r.view, First: b.next, Commit: r.commit, Round: r.leading.reads.Current(), Entries: entries,
		})
		b.next += OpNumber(len(entries))
		b.told = r.commit
	}
}

func (r *VR) onPrepareOK(from node.Addr, m *PrepareOK) {
	l := &r.leading
	if !l.on || m.View != r.view {
		r.hearOtherEpoch(from, m.View)
		return
	}
	b := l.backup(from)
	if b == nil {
		return
	}
	b.heard, b.ready = r.env.Elapsed(), true
	if m.Round > b.round {
		b.round = m.Round
		r.prove()
	}
	if m.Op > b.acked {
		b.acked = min(m.Op, r.log.last())
		b.next = max(b.next, b.acked+1)
		r.advanceCommit()
		r.advanceTransfer()
	}
	if l.on {
		r.prepare(b)
	}
}

// onHeartbeat keeps backups from starting a view change, and lets them notice
// what they missed.
func (r *VR) onHeartbeat() {
	if !r.leading.on {
		return
	}
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
	if !r.hearsQuorum() {
		r.env.Note("no quorum", slog.Uint64("view", uint64(r.view)))
		r.startViewChange(r.view + 1)
	} else {
		r.startRound()
		r.giveUpTransfer()
	}
	r.tell()
}

// hearsQuorum tells whether a quorum has answered within the longest timeout: a
// primary without one can commit nothing, and those who wait for it should know.
func (r *VR) hearsQuorum() bool {
	now := r.env.Elapsed()
	r.leading.me.heard = now
	heard := r.quorumOf(func(b *backup) uint64 { return uint64(b.heard) })
	return time.Duration(heard)+2*r.cfg.ViewTimeout > now
}
