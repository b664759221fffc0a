package rsm

import "time"

// patience is how long a client waits for an answer. It grows while servers are slower
// than that, so that what is sent again does not make them slower still (congestion
// collapse: V. Jacobson, "Congestion avoidance and control", SIGCOMM 1988).
type patience struct {
	now, least, most time.Duration
	grown            time.Duration // when, by the node's oscillator
}

// mostPatience bounds the growth, as a multiple of the least.
const mostPatience = 16

// unanswered doubles it, but once in the time that it gives, for requests that were
// under way together.
func (p *patience) unanswered(at time.Duration) {
	if at-p.grown >= p.now {
		p.now, p.grown = min(2*p.now, p.most), at
	}
}

// answered takes it back to some times of what an answer took.
func (p *patience) answered(took time.Duration) {
	p.now = max(p.least, min(p.now, 4*took))
}
