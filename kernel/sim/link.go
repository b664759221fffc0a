package sim

import (
	"slices"
	"strings"
	"time"
)

// Link is the shape of a directed link between two hosts.
type Link struct {
	// Delay is how long a message takes.
	Delay Dist
	// Loss, Duplicate and Reorder are probabilities. A message that is not
	// drawn for reordering arrives after all that were sent before it; a
	// duplicate takes a delay of its own.
	Loss, Duplicate, Reorder float64
	// Bandwidth is in bytes a second, or 0 for no limit. What cannot be sent
	// at once waits in a queue of at most Queue bytes (64 KiB if 0); a message
	// that finds it full is lost.
	Bandwidth, Queue int
}

// LAN is the shape of links by default: 200 microseconds to a millisecond, in
// any order, without loss.
var LAN = Link{Delay: Uniform(200*time.Microsecond, time.Millisecond), Reorder: 1}

// link is a directed link that was used at least once.
type link struct {
	from, to *Host
	epoch    uint32 // of the network, when shape was computed
	shape    *shaped
	key      uint64
	sent     uint64 // messages so far: the counter of every draw
	newest   int64  // latest arrival of an ordered message
	free     int64  // when the last queued byte will have been sent
	lost     Numbers
}

// shaped is a Link with what faults add to it. Links share it if they can.
type shaped struct {
	Link
	cut  bool
	lost Numbers
}

// network is what determines the shapes of links.
type network struct {
	base, local *shaped
	overrides   []override
	rules       []*rule
	epoch       uint32
}

type override struct {
	from, to pattern
	shape    *shaped
}

// rule is a fault of the links that it matches.
type rule struct {
	match func(from, to *Host) bool
	apply func(s *shaped)
}

// Shape gives the links from hosts that match one pattern to hosts that match
// another their normal shape, to which faults are added. A pattern is "*" or
// a list of names with commas; a later Shape overrides an earlier one.
func (w *World) Shape(from, to string, l Link) {
	l.Delay = l.Delay.or(LAN.Delay)
	w.rules.overrides = append(w.rules.overrides,
		override{parsePattern(from), parsePattern(to), &shaped{Link: l}})
	w.rules.epoch++
}

// pattern matches hosts by name; nil matches all.
type pattern map[string]bool

func parsePattern(text string) pattern {
	if text == "*" {
		return nil
	}
	return patternOf(strings.Split(text, ","))
}

func patternOf(names []string) pattern {
	p := pattern{}
	for _, name := range names {
		p[strings.TrimSpace(name)] = true
	}
	return p
}

func (p pattern) match(h *Host) bool { return p == nil || p[h.name] }

// impose adds a rule, and returns what takes it away again.
func (w *World) impose(r *rule) (lift func()) {
	w.rules.rules = append(w.rules.rules, r)
	w.rules.epoch++
	return func() {
		if i := slices.Index(w.rules.rules, r); i >= 0 {
			w.rules.rules = slices.Delete(w.rules.rules, i, i+1)
			w.rules.epoch++
		}
	}
}

// now returns the present shape of a link.
func (l *link) now(n *network) *shaped {
	if l.shape == nil || l.epoch != n.epoch {
		l.shape, l.epoch = n.shapeOf(l.from, l.to), n.epoch
	}
	return l.shape
}

func (n *network) shapeOf(from, to *Host) *shaped {
	if from == to {
		return n.local
	}
	shape := n.base
	for _, o := range n.overrides {
		if o.from.match(from) && o.to.match(to) {
			shape = o.shape
		}
	}
	for _, r := range n.rules {
		if r.match(from, to) {
			changed := *shape
			r.apply(&changed)
			shape = &changed
		}
	}
	return shape
}

// linkBetween returns the link, which begins to exist when it is first used.
func (w *World) linkBetween(from, to *Host) *link {
	id := [2]int32{from.index, to.index}
	l, ok := w.links[id]
	if !ok {
		l = &link{from: from, to: to, key: keyOf(w.config.Seed, 0, from.name, to.name), lost: w.config.Lost[[2]string{from.name, to.name}]}
		w.links[id] = l
	}
	return l
}

// draw returns the present message's draw for a purpose.
func (l *link) draw(p purpose) uint64 { return draw(mix(l.key, uint64(p)), l.sent) }
