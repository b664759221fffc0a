package vr

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// maybeCheckpoint captures the state once enough was executed since the last time
// (§5.1). It is written beside the loop; only when it is durable is the log cut.
func (r *VR) maybeCheckpoint() {
	if r.checkpointing || r.sinceCheckpoint < max(r.cfg.CheckpointThreshold, r.checkpoints.Size()/2) {
		return
	}
	r.checkpointing, r.sinceCheckpoint = true, 0
	_, group := r.configs.asOf(r.applied)
	h := rsm.SnapshotHeader{Index: r.applied, Epoch: uint64(r.log.view(r.applied)), Meta: group.encode()}
	r.checkpoints.Save(h, r.app.Capture(), func(err error) {
		r.checkpointing = false
		switch {
		case errors.Is(err, rsm.ErrStale):
			// A newer one was fetched.
		case err != nil:
			r.env.Halt(fmt.Errorf("vr: checkpoint: %w", err))
		default:
			r.env.Note("checkpoint", slog.Uint64("op", uint64(h.Index)))
			r.cutLog(h.Index)
		}
	})
}

// cutLog drops what a durable checkpoint at op-number n has made superfluous.
// Some of it stays in memory, for backups that lag a little.
func (r *VR) cutLog(n OpNumber) {
	keep := n
	for size := int64(0); keep > r.log.base; keep-- {
		if size += r.log.at(keep).size(); size > r.cfg.KeepBytes {
			break
		}
	}
	r.log.drop(keep)
	r.trim(n)
}

// restore replaces the state by that of the newest checkpoint.
func (r *VR) restore(h rsm.SnapshotHeader) error {
	c, err := decodeConfiguration(h.Meta)
	if err != nil {
		return fmt.Errorf("%w of the checkpoint at %d", err, h.Index)
	}
	if err := r.checkpoints.Load(r.app.Restore); err != nil {
		return fmt.Errorf("vr: %w", err)
	}
	r.configs.rebase(h.Index, c, r.view.Epoch())
	if c.Epoch > r.view.Epoch() {
		// Everything that was decided in earlier epochs is in the checkpoint, so
		// the epoch's first view may be taken for normal.
		r.retire()
		r.started = nil
		r.view = ViewOf(c.Epoch, 0)
		r.normal, r.status = r.view, normal
		if !c.serves(r.self) {
			r.status = left
		}
		r.saveView()
	}
	return nil
}

// joinCheckpoint makes the log go on where the checkpoint that was restored ends.
// What follows stays if the log agrees with it there: otherwise it is the
// remainder of some other view's, and must not come back.
func (r *VR) joinCheckpoint(n OpNumber, v View) {
	l := &r.log
	switch {
	case l.base == n:
		l.baseView = v
	case n > l.base && n <= l.last() && l.view(n) == v:
		l.drop(n)
	default:
		l.restart(n, v)
		if l.stream != nil {
			r.save(recordRestart, uint64(n), uint64(v))
		}
	}
	r.commit, r.applied, r.sinceCheckpoint = n, n, 0
}

// install replaces the state by a checkpoint that has become the newest, unless
// this replica has come as far by itself meanwhile.
func (r *VR) install(h rsm.SnapshotHeader) error {
	if h.Index <= r.commit {
		return nil
	}
	if err := r.restore(h); err != nil {
		return err
	}
	r.env.Note("checkpoint installed", slog.Uint64("op", uint64(h.Index)))
	r.joinCheckpoint(h.Index, View(h.Epoch))
	r.trim(h.Index)
	r.asking.Release(r.applied)
	return r.adoptGroups(h.Index + 1)
}

// rebase begins with a group as of op-number n. What the log said of the epochs
// up to the present one stays.
func (cs *configurations) rebase(n OpNumber, c *Configuration, now Epoch) {
	at, groups := []OpNumber{n}, []*Configuration{c}
	for i, g := range cs.groups {
		if g.Epoch > c.Epoch && g.Epoch <= now {
			at, groups = append(at, cs.at[i]), append(groups, g)
		}
	}
	cs.at, cs.groups = at, groups
}
