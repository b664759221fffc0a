package consensustest

import (
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Ear hears all that leaves a node, after the disk has what it rests on, and
// passes every event on to a recorder if there is one.
type Ear struct {
	// Sent counts messages between hosts by type, Local those within one.
	Sent, Local map[string]int
	// Hear, if not nil, is told of every message that leaves.
	Hear func(from, to node.Addr, m node.Message)

	to   *trace.Recorder
	last trace.ID
}

// NewEar returns an ear that passes events on to a recorder, which may be nil.
func NewEar(to *trace.Recorder) *Ear {
	return &Ear{Sent: map[string]int{}, Local: map[string]int{}, to: to}
}

// Record implements sim.Observer.
func (e *Ear) Record(event trace.Event) trace.ID {
	if e.to == nil {
		e.last++
	} else {
		e.last = e.to.Record(event)
	}
	if event.Kind == trace.Send {
		if event.Place.Host() == event.Peer.Host() {
			e.Local[event.What]++
		} else {
			e.Sent[event.What]++
		}
		if e.Hear != nil {
			e.Hear(event.Place, event.Peer, event.Detail)
		}
	}
	return e.last
}

// Total returns how many messages were sent between hosts.
func (e *Ear) Total() (n int) {
	for _, k := range e.Sent {
		n += k
	}
	return n
}
