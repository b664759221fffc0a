package vr

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// forgot stops this host if its primary knows of operations that it had acknowledged
// in this view and does not have any more: its disk was lost or exchanged for an
// older one, so what it says in view changes cannot be relied upon either. It has to
// join as a new member. (Who keeps its log in memory alone gets it back before its
// status is normal again.)
func (r *VR) forgot(from node.Addr, m *Commit) bool {
	if m.Known <= r.log.last() {
		return false
	}
	r.env.Halt(fmt.Errorf("vr: the log of %s ends at op-number %d, and it had acknowledged %d to %s: "+
		"its disk was lost or replaced; remove this member and add it as a new one", r.self, r.log.last(), m.Known, from))
	return true
}
