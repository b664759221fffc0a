package primarybackup

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// onUpdate appends the primary's operations to the log and acknowledges them, once
// they are durable. It executes those that the primary has executed: others may
// yet be cut off, if the view changes before this server has acknowledged them.
func (r *Server) onUpdate(from node.Addr, m *relay.Update) {
	v := ViewNumber(m.Epoch)
	//parley:rule primarybackup.view.number-in-rpcs force=false
	if v != r.view.Number || from != r.view.Primary || r.leading.on {
		r.reject(from, v)
		return
	}
	if r.Take(from, m) {
		r.CommitTo(min(m.Commit, r.Last()))
		r.Env.Send(from, &relay.Held{Epoch: m.Epoch, Last: r.Last(), Commit: r.Committed(), Round: m.Round})
	}
}

// reject tells a stale primary to stop (I5). Of a later view this server has not
// heard: it asks the view server, whose word alone counts.
func (r *Server) reject(from node.Addr, v ViewNumber) {
	if v > r.view.Number {
		r.sayPing()
		return
	}
	r.Env.Note("rejected", slog.String("from", string(from)), slog.Uint64("view", uint64(v)))
	r.Env.Send(from, &Rejected{View: r.view.Number})
}
