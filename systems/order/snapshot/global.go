package snapshot

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Global is a consistent global state: that of every process and of every
// channel. It and its parts are registered with wire, so that they can be kept and
// sent; a Global of large parts may exceed what wire takes at once.
type Global struct {
	ID      ID          `wire:"1"`
	Epoch   Epoch       `wire:"2"` // in which it was recorded
	Members []node.Addr `wire:"3"`
	Parts   []Part      `wire:"4"` // by the places of Members
}

// Part is what one member contributes: its state, and that of the channels to
// it.
type Part struct {
	Process  int       `wire:"1"` // its place
	State    []byte    `wire:"2"`
	Channels []Channel `wire:"3"` // those that are not empty, by place
}

// Channel is the state of a channel: the messages in flight across the cut,
// encoded by wire.Marshal, in the order of their sending.
type Channel struct {
	From     int      `wire:"1"`
	Messages [][]byte `wire:"2"`
}

// InFlight returns the messages of the channel between two places. An error says
// which cannot be decoded (its type is unknown here), or that there is no such
// place.
func (g *Global) InFlight(from, to int) ([]node.Message, error) {
	if n := len(g.Parts); min(from, to) < 0 || max(from, to) >= n {
		return nil, fmt.Errorf("snapshot: no channel leads from member %d to %d among %d", from, to, n)
	}
	for _, c := range g.Parts[to].Channels {
		if c.From == from {
			return c.decode()
		}
	}
	return nil, nil
}

// of tells whether the part can be that of a member, by its place in a group of n.
func (p *Part) of(place, n int) bool {
	return p.Process == place && !slices.ContainsFunc(p.Channels, func(c Channel) bool { return c.From < 0 || c.From >= n })
}

func (c Channel) decode() ([]node.Message, error) {
	out := make([]node.Message, 0, len(c.Messages))
	for i, b := range c.Messages {
		m, err := wire.Unmarshal(b)
		if err != nil {
			return nil, fmt.Errorf("snapshot: message %d in the channel from member %d: %w", i, c.From, err)
		}
		out = append(out, m)
	}
	return out, nil
}
