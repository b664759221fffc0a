package raft

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// maybeSnapshot captures the applied state once enough was applied since the
// last time (§7). It is written beside the loop; only when it is durable is the
// log cut.
func (r *Raft) maybeSnapshot() {
	grown := r.snapshots.Size() / 2
	if r.cfg.SnapshotMost > 0 {
		grown = min(grown, r.cfg.SnapshotMost)
	}
	if r.snapping || r.sinceSnapshot < max(r.cfg.SnapshotThreshold, grown) {
		return
	}
	r.snapping, r.sinceSnapshot = true, 0
	h := rsm.SnapshotHeader{
		Index: r.applied, Epoch: uint64(r.log.term(r.applied)), Meta: r.configs.asOf(r.applied).encode(),
	}
	r.snapshots.Save(h, r.app.Capture(), func(err error) {
		r.snapping = false
		switch {
		case errors.Is(err, rsm.ErrStale):
			// A newer one came from the leader.
		case err != nil:
			r.env.Halt(fmt.Errorf("raft: snapshot: %w", err))
		default:
			r.env.Note("snapshot", slog.Uint64("index", uint64(h.Index)))
			r.cutLog(h.Index)
		}
	})
}

// cutLog drops what a durable snapshot at index i has made superfluous. Some of
// it stays in memory, for followers that lag a little.
func (r *Raft) cutLog(i Index) {
	keep := i
	for size := int64(0); keep > r.log.base; keep-- {
		if size += r.log.at(keep).size(); size > r.cfg.KeepBytes {
			break
		}
	}
	r.log.drop(keep)
	r.configs.drop(keep)
	r.trim(i)
}

// trim gives back the records of what a durable snapshot at index i reflects.
// Term and vote must outlive it, so their new record is made durable first.
func (r *Raft) trim(i Index) {
	before := r.saveVote()
	if i >= r.log.base && i < r.log.last() {
		before = r.log.lsn[i-r.log.base]
	}
	r.env.Durable(func() { r.log.stream.Trim(before) })
}

// restore replaces the state by that of the newest snapshot, which adopt brings.
func (r *Raft) restore(h rsm.SnapshotHeader, adopt func() error) error {
	c, err := decodeConfiguration(h.Meta)
	if err != nil {
		return fmt.Errorf("%w of the snapshot at %d", err, h.Index)
	}
	if err := adopt(); err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	r.configs.base(h.Index, c)
	return nil
}

// joinSnapshot makes the log go on where the snapshot that was restored ends.
// What follows stays if the log agrees with the snapshot there (§7): otherwise
// it is the remainder of some other leader's, and must not come back.
func (r *Raft) joinSnapshot(i Index, term Term) {
	l := &r.log
	switch {
	case l.base == i:
		l.baseTerm = term
	case l.holds(i) && l.term(i) == term:
		l.drop(i)
	default:
		// The disk is told even if the log was empty: it may still hold entries
		// whose trimming is not durable, or an earlier restart, and the next entry
		// must not seem to follow those.
		l.restart(i, term)
		r.saveRestart()
	}
	r.commit, r.applied, r.sinceSnapshot = i, i, 0
}

// incoming is the snapshot that this server is receiving.
type incoming struct {
	pieces    *rsm.Incoming
	from      node.Addr
	index     Index
	size      int64
	finishing bool // everything has arrived, and is being verified and read
}

// onInstallSnapshot takes a piece of a snapshot (Figure 13).
func (r *Raft) onInstallSnapshot(from node.Addr, m *InstallSnapshot) {
	reply := &InstallSnapshotReply{Index: m.Index, Round: m.Round}
	if r.observe(m.Term) {
		r.hear(from)
		r.receive(from, m, reply)
	}
	reply.Term = r.term
	r.env.Send(from, reply)
}

// receive stores the piece and fills in the answer.
func (r *Raft) receive(from node.Addr, m *InstallSnapshot, reply *InstallSnapshotReply) {
	if m.Index <= r.commit {
		reply.Done = true
		return
	}
	if err := r.expect(from, m); err == nil && !r.incoming.finishing {
		reply.Gap = len(m.Data) > 0 && m.Offset > r.incoming.pieces.Next()
		err = r.incoming.pieces.Write(m.Offset, m.Data)
		if err != nil {
			r.env.Halt(fmt.Errorf("raft: %w", err))
			return
		}
	}
	if !r.incoming.is(from, m) {
		return // another one is in the way; this one begins once that is over
	}
	reply.Next = r.incoming.pieces.Next()
	if reply.Next == m.Size && m.Size == r.incoming.size && !r.incoming.finishing {
		r.incoming.finishing = true
		r.incoming.pieces.Finish(r.onReceived)
	}
}

func (in *incoming) is(from node.Addr, m *InstallSnapshot) bool {
	return in.pieces != nil && in.from == from && in.index == m.Index && in.size == m.Size
}

// expect makes ready for a snapshot, in place of another that was begun.
func (r *Raft) expect(from node.Addr, m *InstallSnapshot) error {
	in := &r.incoming
	if in.finishing || in.is(from, m) {
		return nil
	}
	if in.pieces != nil {
		in.pieces.Abandon()
	}
	*in = incoming{from: from, index: m.Index, size: m.Size}
	pieces, err := r.snapshots.Receive()
	if err != nil {
		r.env.Halt(fmt.Errorf("raft: %w", err))
		return err
	}
	in.pieces = pieces
	return nil
}

// onReceived takes a snapshot that is verified and durable.
func (r *Raft) onReceived(h rsm.SnapshotHeader, err error) {
	switch {
	case errors.Is(err, rsm.ErrStale):
		r.incoming = incoming{}
	case errors.Is(err, rsm.ErrCorrupt):
		r.env.Note("snapshot arrived corrupt", slog.Any("error", err)) // it is sent again
		r.incoming = incoming{}
	case err != nil:
		r.installed(h, err)
	case r.overtook(h):
		r.installed(h, nil)
	default:
		r.snapshots.Prepare(r.app, func(p rsm.Prepared, err error) { r.onPrepared(h, p, err) })
	}
}

// overtook tells that this server has come as far as a snapshot by itself, or
// leads and soon will: then its state stays.
func (r *Raft) overtook(h rsm.SnapshotHeader) bool { return h.Index <= r.commit || r.role == leader }

// onPrepared takes a snapshot that was read. Reading it may have taken seconds,
// in which this server took part as before, with its old state.
func (r *Raft) onPrepared(h rsm.SnapshotHeader, p rsm.Prepared, err error) {
	switch {
	case err != nil:
	case r.overtook(h):
		r.env.Note("snapshot overtaken", slog.Uint64("index", uint64(h.Index)))
		p.Discard()
	default:
		err = r.install(h, p)
	}
	r.installed(h, err)
}

// installed tells the leader what has become of the snapshot.
func (r *Raft) installed(h rsm.SnapshotHeader, err error) {
	from := r.incoming.from
	r.incoming = incoming{}
	if err != nil {
		r.env.Halt(fmt.Errorf("raft: install snapshot from %s: %w", from, err))
		return
	}
	r.env.Send(from, &InstallSnapshotReply{Term: r.term, Index: h.Index, Done: r.commit >= h.Index})
	r.releaseAsked()
}

// install replaces the state by a snapshot that has become the newest.
func (r *Raft) install(h rsm.SnapshotHeader, p rsm.Prepared) error {
	if err := r.restore(h, p.Adopt); err != nil {
		return err
	}
	r.joinSnapshot(h.Index, Term(h.Epoch))
	r.trim(h.Index)
	return r.adoptConfigurations(h.Index + 1)
}
