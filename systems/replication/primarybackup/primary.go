package primarybackup

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// Submit appends an operation to the log and forwards it to the backup, once it is
// durable here.
func (r *Server) Submit(command []byte) (rsm.Index, error) {
	switch {
	case !r.leading.on:
		return 0, rsm.ErrNotLeader
	case r.Uncommitted() >= r.cfg.MaxUncommittedBytes:
		return 0, rsm.ErrBusy
	}
	i := r.Order(relay.Epoch(r.view.Number), command, func() { r.advance(); r.tell() })
	r.forward()
	return i, nil
}

// forward sends what the window to the backup allows.
func (r *Server) forward() {
	if b := r.leading.backup; b != nil {
		b.Pump(r.Last(), r.leading.reads.Current())
	}
}

// alone tells whether this primary needs nobody's word: the view has no backup, or
// one that does not count yet.
func (r *Server) alone() bool {
	b := r.leading.backup
	//parley:rule primarybackup.view.no-backup-allowed value=b!=nil&&!b.Joint
	alone := b == nil || !b.Joint
	return alone
}

// backed returns how far the backup has the log.
func (l *primacy) backed() rsm.Index {
	if l.backup == nil {
		return 0
	}
	return l.backup.Acked
}

// advance executes and answers what this server has durably and the backup has
// acknowledged.
func (r *Server) advance() {
	l := &r.leading
	if !l.on {
		return
	}
	if l.backup != nil {
		l.backup.Near()
	}
	n := r.Durable()
	//parley:rule primarybackup.replicate.log-forward-ack primarybackup.goal.continuous-service rsm.atomicity.all-or-nothing force=false
	if !r.alone() {
		n = min(n, l.backed())
	}
	if n > r.Committed() {
		r.CommitTo(n)
		r.announce()
	}
	r.acknowledge()
	r.releaseReads()
	r.asking.Release(r.Committed())
}

// announce tells the others what may be executed.
func (r *Server) announce() {
	l := &r.leading
	if l.backup != nil {
		l.backup.Announce(l.reads.Current())
	}
	for _, s := range l.spares {
		s.Pump(r.Committed(), 0)
		s.Announce(0)
	}
}

// acknowledge tells the view server that the next view may come: this server
// has what its backup has to have, or needs none (I3).
func (r *Server) acknowledge() {
	if b := r.leading.backup; r.acked == r.view.Number || b != nil && !b.Complete() {
		return
	}
	r.acked = r.view.Number
	r.Env.Note("acknowledge", slog.Uint64("view", uint64(r.view.Number)))
	r.sayPing()
}

// sender returns the way to a server of this primary's, or nil.
func (l *primacy) sender(a node.Addr) *relay.Sender {
	if l.backup != nil && l.backup.To == a {
		return l.backup.Sender
	}
	return l.spare(a)
}

func (r *Server) onHeld(from node.Addr, m *relay.Held) {
	s := r.leading.sender(from)
	if s == nil || !s.Hear(m) {
		return
	}
	if b := r.leading.backup; b == nil || s != b.Sender {
		s.Pump(r.Committed(), 0)
		return
	}
	r.leading.reads.Prove(s.Round)
	r.advance()
	r.forward()
}

func (r *Server) onMissing(from node.Addr, m *relay.Missing) {
	if s := r.leading.sender(from); s != nil {
		s.Lack(m, 0)
	}
}

// onResend sends again what may be lost, and shows that this server lives.
func (r *Server) onResend() {
	r.resend.Reset(r.cfg.Resend / 2)
	r.Nudge()
	if l := &r.leading; l.on {
		if l.backup != nil {
			l.backup.Tell(l.reads.Current())
			r.forward()
		}
		for _, s := range l.spares {
			s.Tell(0)
			s.Pump(r.Committed(), 0)
		}
	}
	r.tell()
}
