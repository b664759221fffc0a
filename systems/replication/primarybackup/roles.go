package primarybackup

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// primacy is the volatile state of a primary.
type primacy struct {
	on     bool
	backup *relay.Recruit // nil for none
	spares []*relay.Sender
	began  rsm.Index // where the log ended when this server became primary
	reads  rounds.Reads
}

// transferring tells whether a backup is being brought up to date.
func (l *primacy) transferring() bool { return l.backup != nil && !l.backup.Joint }

// enter leaves the earlier views for one that the view server has decided on.
func (r *Server) enter(v View) {
	r.view = v
	r.Mark(v.encode())
	r.Leave()
	//parley:rule primarybackup.order.single-orderer value=true
	primary := v.Primary == r.self
	switch {
	case primary && r.leading.on:
		r.recruit()
		r.advance()
		if r.knowsCommit() {
			r.startRound() // reads wait for a round that the old backup may not answer
		}
	case primary:
		r.lead()
	default:
		r.retire()
	}
}

// lead begins to serve as primary. What the log holds was ordered by the primary
// before, and may have been answered.
func (r *Server) lead() {
	r.Env.Note("lead", slog.Uint64("view", uint64(r.view.Number)))
	r.leading = primacy{on: true, began: r.Last()}
	r.recruit()
	r.AwaitDisk(r.advance)
}

// recruit begins to bring the view's backup up to date.
func (r *Server) recruit() {
	l := &r.leading
	l.backup = nil
	if r.view.Backup != "" {
		s := r.NewSender(r.view.Backup, relay.Epoch(r.view.Number), l.reads.Current())
		l.backup = &relay.Recruit{Sender: s, Began: r.Last()}
	}
	l.spares = nil
	r.tellSpares()
}

// tellSpares begins to send what is executed to idle servers that are new.
func (r *Server) tellSpares() {
	l := &r.leading
	if !l.on || r.cfg.IdleSpares {
		return
	}
	var senders []*relay.Sender
	for _, a := range r.spares {
		s := l.spare(a)
		if s == nil {
			s = r.NewSender(a, relay.Epoch(r.view.Number), 0)
		}
		senders = append(senders, s)
	}
	l.spares = senders
}

func (l *primacy) spare(a node.Addr) *relay.Sender {
	for _, s := range l.spares {
		if s.To == a {
			return s
		}
	}
	return nil
}

// retire ends a primacy. What it has not answered its clients ask for elsewhere.
func (r *Server) retire() {
	old := r.leading
	r.leading = primacy{}
	old.reads.Abandon(rsm.ErrNotLeader)
}
