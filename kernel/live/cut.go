package live

import "slices"

// Cut makes the network to some hosts a bad one, for who wants to see what
// becomes of the services then: whatever is sent to them from here on vanishes,
// as if it were lost on the way, and is counted as dropped. What they send
// still arrives, so a cut of both directions needs both hosts. Each call
// replaces the one before; none heals.
func (h *Host) Cut(hosts ...string) {
	if len(hosts) == 0 {
		h.cuts.Store(nil)
		return
	}
	cuts := slices.Clone(hosts)
	h.cuts.Store(&cuts)
}

// isCut is asked once for a batch of messages.
func (h *Host) isCut(host string) bool {
	cuts := h.cuts.Load()
	return cuts != nil && slices.Contains(*cuts, host)
}
