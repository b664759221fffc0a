package raft

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// sending is a snapshot on its way to one follower, in pieces of which a few
// are ahead of their answers.
type sending struct {
	file   node.File
	index  Index
	last   Term
	size   int64
	sent   int64 // offset of the next piece
	acked  int64 // offset that the follower wants next
	nudged int64 // acked at the last heartbeat
	gap    int64 // the last place that it was gone back to because pieces behind it arrived
}

// beginSnapshot starts sending the newest snapshot to a follower that needs
// entries which are gone.
func (r *Raft) beginSnapshot(p *peer) {
	file, h, size, err := r.snapshots.File()
	if err != nil {
		r.env.Halt(fmt.Errorf("raft: send snapshot to %s: %w", p.addr, err))
		return
	}
	p.mode = installing
	p.sending = &sending{file: file, index: h.Index, last: Term(h.Epoch), size: size, nudged: -1, gap: -1}
	r.sendSnapshot(p)
}

// stopSending gives up a snapshot on its way, if there is one.
func (p *peer) stopSending() {
	if p.sending != nil {
		p.sending.file.Close()
		p.sending = nil
	}
}

// sendSnapshot sends pieces as far as the window allows.
func (r *Raft) sendSnapshot(p *peer) {
	s := p.sending
	window := int64(r.cfg.SnapshotChunk) * int64(r.cfg.SnapshotWindow)
	for s.sent < s.size && s.sent-s.acked < window {
		piece := make([]byte, min(int64(r.cfg.SnapshotChunk), s.size-s.sent))
		if n, err := s.file.ReadAt(piece, s.sent); n < len(piece) {
			r.env.Halt(fmt.Errorf("raft: send snapshot to %s: read at byte %d: %w", p.addr, s.sent, err))
			return
		}
		r.sendPiece(p, s.sent, piece)
		s.sent += int64(len(piece))
	}
}

func (r *Raft) sendPiece(p *peer, offset int64, piece []byte) {
	s := p.sending
	// Early: a durable file, of a term that is durable.
	r.env.SendEarly(p.addr, &InstallSnapshot{
		Term: r.term, Index: s.index, Last: s.last, Size: s.size,
		Offset: offset, Data: piece, Round: r.leading.rounds.current,
	})
}

// nudgeSnapshot is the heartbeat of a follower that receives a snapshot. If
// nothing was answered since the last one, it goes back to what is missing.
func (r *Raft) nudgeSnapshot(p *peer) {
	s := p.sending
	if s.nudged == s.acked {
		s.sent = s.acked
	}
	s.nudged = s.acked
	r.sendPiece(p, s.acked, nil)
	r.sendSnapshot(p)
}

// acknowledge takes the follower's place. It goes back to a gap at once, but to none
// at or before one that it went back to already: each costs a window, and many
// answers tell of the same.
func (s *sending) acknowledge(m *InstallSnapshotReply) {
	s.acked = min(m.Next, s.size)
	s.sent = max(s.sent, s.acked)
	if m.Gap && s.acked > s.gap {
		s.gap, s.sent = s.acked, s.acked
	}
}

func (r *Raft) onInstallSnapshotReply(from node.Addr, m *InstallSnapshotReply) {
	p := r.answered(from, m.Term, m.Round)
	if p == nil || p.mode != installing || m.Index != p.sending.index {
		return
	}
	if !m.Done {
		p.sending.acknowledge(m)
		r.sendSnapshot(p)
		return
	}
	p.probe(m.Index + 1)
	if p.accepted(m.Index) {
		r.advanceCommit()
		r.advanceChange()
	}
	if r.role == leader {
		r.replicate(p)
	}
}
