package primarybackup

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// onPingTimer pings the view server.
func (r *Server) onPingTimer() {
	r.ping.Reset(r.cfg.PingInterval)
	if r.cfg.Exclusive && (r.Transferring() || r.leading.transferring()) {
		return
	}
	r.sayPing()
}

// diskPatience is how many pings a sync may take before this server is as good as
// dead: it would hold up the service for ever.
const diskPatience = 50

// sayPing tells the view server what this server knows. What it tells is durable
// before that leaves. (Early: what was durable the last time still is. Else one slow
// sync would have a server that lives taken for dead.)
func (r *Server) sayPing() {
	p := Ping{View: r.view.Number, Acked: r.acked}
	if p == r.pinged && r.DiskWorks(diskPatience*r.cfg.PingInterval) {
		r.Env.SendEarly(r.cfg.ViewServer, &p)
		return
	}
	r.Env.Send(r.cfg.ViewServer, &p)
	r.Env.Durable(func() { r.pinged = p })
}

// onViewIs takes up a view, unless it is an old one.
func (r *Server) onViewIs(from node.Addr, m *ViewIs) {
	switch {
	case from != r.cfg.ViewServer || m.View.Number < r.view.Number:
	case m.View.Number == r.view.Number:
		r.spares = m.Spares
		r.tellSpares()
	case r.view.Number == 0 && m.View.Number > 1 && m.View.Primary == r.self:
		// I6: the state that makes it primary is gone.
		r.Env.Note("primary without state", slog.Uint64("view", uint64(m.View.Number)))
	default:
		r.spares = m.Spares
		r.enter(m.View)
	}
}

// onRejected finds out about the view in which this server is not primary.
func (r *Server) onRejected(m *Rejected) {
	if m.View > r.view.Number {
		r.sayPing()
	}
}
