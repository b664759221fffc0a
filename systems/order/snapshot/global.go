package snapshot

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Global is a consistent global state: that of every process and of every
// channel. It is registered with wire, so that it can be kept and sent.
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
// which cannot be decoded: the type is unknown here.
func (g *Global) InFlight(from, to int) ([]node.Message, error) {
	for _, c := range g.Parts[to].Channels {
		if c.From == from {
			return c.decode()
		}
	}
	return nil, nil
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
