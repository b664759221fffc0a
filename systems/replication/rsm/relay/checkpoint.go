package relay

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/pull"
)

// maybeCheckpoint captures the state once enough was executed since the last time.
func (r *Relay) maybeCheckpoint() {
	if r.sinceCheckpoint >= max(r.Limits.CheckpointThreshold, r.checkpoints.Size()/2) {
		r.checkpoint()
	}
}

// checkpoint writes the state beside the loop; only when it is durable is the
// history cut.
func (r *Relay) checkpoint() {
	if r.checkpointing || r.applied == r.checkpoints.Newest().Index {
		return
	}
	r.checkpointing, r.sinceCheckpoint = true, 0
	h := rsm.SnapshotHeader{Index: r.applied, Epoch: uint64(r.history.epoch(r.applied))}
	r.checkpoints.Save(h, r.App.Capture(), func(err error) {
		r.checkpointing = false
		switch {
		case errors.Is(err, rsm.ErrStale):
			// A newer one was pulled.
		case err != nil:
			r.Env.Halt(fmt.Errorf("relay: checkpoint: %w", err))
		default:
			r.Env.Note("checkpoint", slog.Uint64("index", uint64(h.Index)))
			r.cutHistory(h.Index)
		}
	})
}

// cutHistory drops what a durable checkpoint has made superfluous. Some of it
// stays in memory, for replicas that lag a little.
func (r *Relay) cutHistory(i rsm.Index) {
	h := &r.history
	keep := min(i, h.last())
	for size := int64(0); keep > h.base; keep-- {
		if size += h.at(keep).size(); size > r.Limits.KeepBytes {
			break
		}
	}
	h.drop(keep)
	r.trim(i)
}

// trim gives back the records of what a durable checkpoint reflects.
func (r *Relay) trim(i rsm.Index) {
	h := &r.history
	before := h.saveMark()
	if i >= h.base && i < h.last() {
		before = min(before, h.lsn[i-h.base])
	}
	r.Env.Durable(func() { h.stream.Trim(before) })
}

// restore replaces the state by that of the newest checkpoint, behind which the
// history goes on if it agrees with it there.
func (r *Relay) restore(newest rsm.SnapshotHeader) error {
	if err := r.checkpoints.Load(r.App.Restore); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	h, i, e := &r.history, newest.Index, Epoch(newest.Epoch)
	switch {
	case h.base == i:
		h.baseEpoch = e
	case i > h.base && i <= h.last() && h.epoch(i) == e:
		h.drop(i)
	default:
		h.restart(i, e)
		h.save(recordRestart, uint64(i), uint64(e))
		r.cuts++
		r.durable = i
	}
	r.durable = max(r.durable, i)
	r.commit, r.applied, r.sinceCheckpoint = i, i, 0
	if r.Cut != nil {
		r.Cut(h.last())
	}
	return nil
}

// pulled goes on behind a checkpoint that has arrived, durably (I5).
func (r *Relay) pulled(newest rsm.SnapshotHeader, err error) {
	if err == nil && newest.Index > r.commit {
		if err = r.restore(newest); err == nil {
			r.Env.Note("checkpoint installed", slog.Uint64("index", uint64(newest.Index)))
			r.trim(newest.Index)
		}
	}
	if err != nil {
		r.Env.Halt(fmt.Errorf("relay: install checkpoint from %s: %w", r.from, err))
	}
}

// Transferring tells whether a checkpoint is on its way here.
func (r *Relay) Transferring() bool { return r.puller.Busy() }

// Nudge asks again for what is missing of a checkpoint, if nothing has come for
// long.
func (r *Relay) Nudge() {
	if now := r.Env.Elapsed(); now-r.asked >= r.Limits.Resend {
		r.asked = now
		r.puller.Nudge()
	}
}

// receivePiece handles the messages of package pull.
func (r *Relay) receivePiece(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *pull.GetPiece:
		if err := r.server.Receive(from, m); err != nil {
			r.Env.Halt(fmt.Errorf("relay: send checkpoint to %s: %w", from, err))
		}
	case *pull.Piece:
		r.asked = r.Env.Elapsed()
		r.puller.Receive(from, m)
	default:
		return false
	}
	return true
}
