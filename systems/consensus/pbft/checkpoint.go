package pbft

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// stableCheckpoint is one with a proof. That of number 0 is the empty state's, and
// needs none.
type stableCheckpoint struct {
	seq    SeqNo
	digest Digest
	proof  []*Checkpoint
	old    bool // was known at an earlier look
}

// checkpoint writes down the state after n, and tells all its digest (§ 4.3 of OSDI).
// The bytes and their tree are made beside the loop; the next checkpoint waits.
func (r *PBFT) checkpoint(n SeqNo) {
	write, page := r.snapshot(), r.cfg.PageSize
	r.checkpointing = true
	r.env.Job(func() any { return newState(n, write(), page) }, func(result any) {
		r.checkpointing = false
		r.taken[n] = result.(*state)
		r.sendCheckpoint(r.taken[n])
		if r.ahead != nil {
			r.learn(r.ahead) // it was proven before it was ours
		}
		r.execute()
	})
}

func (r *PBFT) sendCheckpoint(s *state) {
	if s.seq <= r.low() || r.cfg.Follow {
		return
	}
	m := r.makeCheckpoint(s)
	r.all(m)
	r.count(m)
}

func (r *PBFT) makeCheckpoint(s *state) *Checkpoint {
	m := &Checkpoint{Seq: s.seq, Digest: s.root, Replica: r.group.self}
	m.Signature = r.keys.sign(m.content())
	return m
}

func (r *PBFT) onCheckpoint(m *Checkpoint) {
	if !r.inWindow(m.Seq) || uint64(m.Seq)%uint64(r.cfg.CheckpointInterval) != 0 || r.hasVoted(m) {
		return
	}
	if r.signedBy(m.Replica, m.content(), m.Signature) {
		r.count(m)
	}
}

// hasVoted tells whether a replica's vote for a number is here: its first one stays, and
// a signature takes as long as a hundred tags.
func (r *PBFT) hasVoted(m *Checkpoint) bool {
	all := r.votes[m.Seq]
	return all != nil && r.group.has(m.Replica) && all[m.Replica] != nil
}

// count takes a vote for a checkpoint, and makes it stable if there is a quorum.
func (r *PBFT) count(m *Checkpoint) {
	all := r.votes[m.Seq]
	if all == nil {
		all = make([]*Checkpoint, r.group.n())
		r.votes[m.Seq] = all
	}
	if all[m.Replica] == nil {
		all[m.Replica] = m
	}
	var proof []*Checkpoint
	for _, c := range all {
		if c != nil && c.Digest == m.Digest {
			proof = append(proof, c)
		}
	}
	//parley:rule pbft.gc.stable-checkpoint pbft.gc.keep-until-proven value=m.Replica==r.group.self
	proven := len(proof) >= r.group.quorum()
	if proven {
		r.learn(&stableCheckpoint{seq: m.Seq, digest: m.Digest, proof: proof})
	}
}

// proves tells whether checkpoints are a quorum certificate: 2f+1 of one number and
// digest, signed by different replicas. Number 0 needs none.
func (r *PBFT) proves(n SeqNo, proof []*Checkpoint) (Digest, bool) {
	if n == 0 {
		return Digest{}, len(proof) == 0
	}
	if len(proof) < r.group.quorum() || len(proof) > r.group.n() {
		return Digest{}, false
	}
	voted := make([]bool, r.group.n())
	for _, c := range proof {
		if c == nil || c.Seq != n || c.Digest != proof[0].Digest || !r.group.has(c.Replica) {
			return Digest{}, false
		}
		//parley:rule pbft.quorum.certificate force=false
		if voted[c.Replica] {
			return Digest{}, false
		}
		voted[c.Replica] = true
		if !r.believe(c.Replica, c.content(), c.Signature) {
			return Digest{}, false
		}
	}
	return proof[0].Digest, true
}

// learn takes notice of a stable checkpoint. One that this replica has not reached
// is what it will fetch if it does not get there by itself.
func (r *PBFT) learn(c *stableCheckpoint) {
	own := r.taken[c.seq]
	switch {
	case c.seq <= r.low():
	case own != nil && own.root == c.digest && !r.recovering():
		r.stabilize(c)
	case r.ahead == nil || c.seq > r.ahead.seq || own != nil:
		if own != nil {
			r.env.Note("state differs", slog.Uint64("seq", uint64(c.seq)))
		}
		r.ahead = c
	}
}

// stabilize moves the low water mark: everything below it is history, which
// at least f+1 correct replicas have executed. The log is cut once the state is on
// disk.
func (r *PBFT) stabilize(c *stableCheckpoint) {
	r.stable = *c
	if r.ahead != nil && r.ahead.seq <= c.seq {
		r.ahead = nil
	}
	if t := r.transfer.target; t != nil && t.seq <= c.seq {
		r.transfer = transfer{}
	}
	//parley:rule pbft.gc.stable-checkpoint drop
	r.collect(c.seq)
	r.next = max(r.next, c.seq)
	r.env.Note("checkpoint", slog.Uint64("seq", uint64(c.seq)))
	r.save(c)
	r.toOutsiders(&Proof{Checkpoints: c.proof})
	if r.active && r.primary() {
		r.propose()
	}
}

// stableState is the bytes of the stable checkpoint.
func (r *PBFT) stableState() []byte { return r.taken[r.low()].bytes }

// kept is a state as a capture, to be written to disk.
type kept []byte

func (k kept) Release() {}

func (k kept) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(k)
	return int64(n), err
}

// save writes a stable checkpoint and its proof to disk.
func (r *PBFT) save(c *stableCheckpoint) {
	meta, err := wire.AppendBody(nil, &Proof{Checkpoints: c.proof})
	if err != nil {
		panic(fmt.Sprintf("pbft: encode a proof: %v", err))
	}
	h := rsm.SnapshotHeader{Index: rsm.Index(c.seq), Meta: meta}
	r.snapshots.Save(h, kept(r.taken[c.seq].bytes), func(err error) {
		switch {
		case errors.Is(err, rsm.ErrStale):
		case err != nil:
			r.env.Halt(fmt.Errorf("pbft: checkpoint: %w", err))
		default:
			r.trim(c.seq)
		}
	})
}

// loadCheckpoint restores the newest checkpoint on disk, if there is one.
func (r *PBFT) loadCheckpoint() error {
	h := r.snapshots.Newest()
	if h.Index == 0 {
		return nil
	}
	var proof Proof
	if err := wire.UnmarshalBody(h.Meta, &proof); err != nil || len(proof.Checkpoints) == 0 {
		return fmt.Errorf("pbft: proof of the checkpoint at %d is malformed: %w", h.Index, errors.Join(err, errState))
	}
	c := stableCheckpoint{seq: SeqNo(h.Index), digest: proof.Checkpoints[0].Digest, proof: proof.Checkpoints}
	return r.snapshots.Load(func(_ rsm.Index, in io.Reader) error {
		b, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		s := newState(c.seq, b, r.cfg.PageSize)
		if s.root != c.digest && !r.cfg.Recover {
			return fmt.Errorf("pbft: the state at %d is not the one that was proven", c.seq)
		}
		r.stable, r.executed, r.taken[c.seq] = c, c.seq, s
		return r.install(b)
	})
}
