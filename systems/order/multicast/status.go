package multicast

import "github.com/parleysystems/parley/systems/order/lamport"

// Pending returns the stamps of the updates in a Total member's queue, in order,
// and nothing for other members.
func (m *Member) Pending() (stamps []lamport.Stamp) {
	if t, ok := m.rule.(*total); ok {
		for _, w := range t.queue.entries {
			stamps = append(stamps, w.Update.Stamp)
		}
	}
	return stamps
}

// Head returns the stamp of the update that a Total member has at the head of its
// queue, or the zero stamp. It has acknowledged it.
func (m *Member) Head() (s lamport.Stamp) {
	if stamps := m.Pending(); len(stamps) > 0 {
		return stamps[0]
	}
	return s
}

// Held returns how many posts a Causal member holds back.
func (m *Member) Held() int {
	if c, ok := m.rule.(*causal); ok {
		return len(c.held)
	}
	return 0
}

// Kept returns how many posts of others a Causal member keeps to pass them on, as
// somebody is not known to have them.
func (m *Member) Kept() int {
	if c, ok := m.rule.(*causal); ok {
		return len(c.relay.kept)
	}
	return 0
}

// Early returns how many acknowledgements a Total member keeps for updates that
// have yet to arrive.
func (m *Member) Early() int {
	if t, ok := m.rule.(*total); ok {
		return len(t.early)
	}
	return 0
}

// Backlog returns how many messages a channel from this member has yet to have
// confirmed, at most.
func (m *Member) Backlog() int { return m.mesh.Backlog() }
