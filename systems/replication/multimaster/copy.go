package multimaster

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// Config is the same for all copies.
type Config struct {
	// Copies are all, in the same order everywhere.
	Copies []node.Addr
	// Converge has the later of two writes win, wherever they are taken in which
	// order.
	Converge bool
	// Multicast are the knobs of how writes travel; its Members are Copies.
	Multicast multicast.Config
}

// Copy is one copy of all registers: a node.
type Copy struct {
	cfg    Config
	env    node.Env
	member *multicast.Member
	cells  cells
}

// New returns a copy, to be handed to a kernel.
func New(cfg Config) *Copy { return &Copy{cfg: cfg} }

// Start begins an incarnation: the member goes through its log, and delivers again.
func (c *Copy) Start(env node.Env) {
	c.env = env
	c.cells = cells{converge: c.cfg.Converge, byKey: map[string]update{}}
	cfg := c.cfg.Multicast
	cfg.Members = c.cfg.Copies
	//parley:rule consistency.causal.definition value=multicast.NewArrival
	ordered := multicast.NewCausal
	c.member = ordered(cfg, &c.cells)
	c.member.Start(env)
}

// Receive handles a message.
func (c *Copy) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Read:
		c.env.Send(from, &Found{Value: c.cells.byKey[m.Key].Value})
	case *Write:
		c.env.Send(from, c.write(m))
	default:
		c.member.Receive(from, m)
	}
}

// write makes a client's write visible here at once.
func (c *Copy) write(m *Write) *Written {
	self := slices.Index(c.cfg.Copies, c.env.Self())
	stamp := lamport.Stamp{Time: c.cells.clock + 1, Process: lamport.Process(self)}
	body, err := wire.Marshal(&update{m.Key, m.Value, stamp})
	if err == nil {
		_, err = c.member.Submit(body)
	}
	if err != nil {
		return &Written{Refused: fmt.Sprintf("multimaster: write %.32q: %v", m.Key, err)}
	}
	return &Written{}
}

// Value returns what the copy holds at a key.
func (c *Copy) Value(key string) string { return c.cells.byKey[key].Value }

// Backlog counts the messages that other copies have not confirmed.
func (c *Copy) Backlog() int { return c.member.Backlog() + c.member.Held() }

// cells is what the multicasts are delivered to.
type cells struct {
	converge bool
	clock    lamport.Time // the latest that was seen
	byKey    map[string]update
}

// Deliver makes a write visible.
func (c *cells) Deliver(d multicast.Delivery) {
	m, err := wire.Unmarshal(d.Body)
	u, ok := m.(*update)
	if err != nil || !ok {
		return // not of this store
	}
	c.clock = max(c.clock, u.Stamp.Time)
	old, known := c.byKey[u.Key]
	if c.converge && known && u.Stamp.Less(old.Stamp) {
		return
	}
	c.byKey[u.Key] = *u
}

// Snapshot implements multicast.Application.
func (c *cells) Snapshot() []byte {
	s := &contents{Clock: c.clock}
	for _, key := range slices.Sorted(maps.Keys(c.byKey)) {
		s.Cells = append(s.Cells, c.byKey[key])
	}
	b, err := wire.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("multimaster: a checkpoint cannot be written: %v", err))
	}
	return b
}

// Restore implements multicast.Application.
func (c *cells) Restore(snapshot []byte) error {
	m, err := wire.Unmarshal(snapshot)
	if err != nil {
		return err
	}
	s, ok := m.(*contents)
	if !ok {
		return fmt.Errorf("multimaster: a copy restores from %T", m)
	}
	c.clock = s.Clock
	for _, u := range s.Cells {
		c.byKey[u.Key] = u
	}
	return nil
}
