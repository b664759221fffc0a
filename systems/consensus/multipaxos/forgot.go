package multipaxos

import (
	"fmt"
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// forgot stops this host if its leader knows of acceptances that it does not have
// any more: its disk was lost or exchanged for an older one, so its promises cannot
// be relied upon either. It has to join as a new member.
func (r *Paxos) forgot(from node.Addr, m *Heartbeat) bool {
	if m.Known <= r.upto {
		return false
	}
	r.env.Note("forgot", slog.Uint64("known", uint64(m.Known)), slog.Uint64("upto", uint64(r.upto)))
	r.env.Halt(fmt.Errorf("multipaxos: %s has accepted up to slot %d, and had told %s that it had up to %d: "+
		"its disk was lost or replaced; remove this member and add it as a new one", r.self, r.upto, from, m.Known))
	return true
}
