package multipaxos

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// maybeCheckpoint captures the state once enough was executed since the last time
// (PML §5.5). It is written beside the loop; only when it is durable is the log cut.
func (r *Paxos) maybeCheckpoint() {
	if r.checkpointing || r.sinceCheckpoint < max(r.cfg.CheckpointThreshold, r.checkpoints.Size()/2) {
		return
	}
	r.checkpointing, r.sinceCheckpoint = true, 0
	h := rsm.SnapshotHeader{Index: r.applied, Epoch: uint64(r.promised), Meta: encode(r.configs.asOf(r.applied))}
	r.checkpoints.Save(h, r.app.Capture(), func(err error) {
		r.checkpointing = false
		switch {
		case errors.Is(err, rsm.ErrStale):
			// A newer one was fetched.
		case err != nil:
			r.env.Halt(fmt.Errorf("multipaxos: checkpoint: %w", err))
		default:
			r.env.Note("checkpoint", slog.Uint64("slot", uint64(h.Index)))
			r.cutLog(h.Index)
		}
	})
}

// cutLog drops what a durable checkpoint at slot s has made superfluous. Some of it
// stays in memory, for replicas that lag a little.
func (r *Paxos) cutLog(s Slot) {
	keep := s
	for size := int64(0); keep > r.votes.base; keep-- {
		if size += r.votes.at(keep).size(); size > r.cfg.KeepBytes {
			break
		}
	}
	r.votes.drop(keep)
	r.trim(s)
	r.configs.forget(s)
}

// restore replaces the state by that of the newest checkpoint. What was accepted in
// later slots stays: an acceptor does not forget.
func (r *Paxos) restore(h rsm.SnapshotHeader) error {
	cs, err := decodeConfigurations(h.Meta)
	if err != nil {
		return fmt.Errorf("%w of the checkpoint at %d", err, h.Index)
	}
	if err := r.checkpoints.Load(r.app.Restore); err != nil {
		return fmt.Errorf("multipaxos: %w", err)
	}
	r.configs = *cs
	r.votes.drop(h.Index)
	r.chosen, r.applied, r.sinceCheckpoint = h.Index, h.Index, 0
	r.raiseUpto()
	return nil
}

// install replaces the state by a checkpoint that has become the newest, unless this
// replica has come as far by itself meanwhile.
func (r *Paxos) install(h rsm.SnapshotHeader) error {
	if h.Index <= r.chosen {
		return nil
	}
	if err := r.restore(h); err != nil {
		return err
	}
	r.trim(h.Index)
	r.asking.Release(r.applied)
	r.comeIntoForce()
	return nil
}
