package sim

// Pause stops the host as SIGSTOP does: it handles nothing, messages wait up
// to Config.Backlog, its clock goes on.
func (h *Host) Pause() {
	if h.up && !h.paused {
		h.paused = true
		h.w.disturb(h, "pause")
	}
}

// Resume lets a paused host go on: what has come up meanwhile happens now, in
// order.
func (h *Host) Resume() {
	if !h.paused {
		return
	}
	h.paused = false
	h.w.disturb(h, "resume")
	for _, e := range h.backlog {
		h.w.queue.push(e, h.w.queue.now)
	}
	h.backlog, h.messages = nil, 0
}

// defers keeps an event of a paused host for later, and tells whether it did.
func (h *Host) defers(e *event) bool {
	if h.paused {
		h.backlog = append(h.backlog, e)
	}
	return h.paused
}
