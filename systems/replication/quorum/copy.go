package quorum

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Copy is one copy of all registers: a node. What it stores is in its log before
// it says so.
type Copy struct {
	env      node.Env
	log      node.Log
	versions map[string]Put
}

// NewCopy returns a copy, to be handed to a kernel.
func NewCopy() *Copy { return &Copy{} }

// Start begins an incarnation: it reads the log back.
func (c *Copy) Start(env node.Env) {
	c.env, c.log, c.versions = env, env.Log("versions"), map[string]Put{}
	for lsn, record := range c.log.Records(0) {
		var m Put
		if err := wire.UnmarshalBody(record, &m); err != nil {
			env.Halt(fmt.Errorf("quorum: read version at %d: %w", lsn, err))
			return
		}
		c.versions[m.Key] = m
	}
}

// Receive handles a message.
func (c *Copy) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Get:
		v := c.versions[m.Key]
		c.env.Send(from, &Version{Request: m.Request, Stamp: v.Stamp, Value: v.Value})
	case *Put:
		c.put(m)
		c.env.Send(from, &Stored{Request: m.Request})
	}
}

func (c *Copy) put(m *Put) {
	if !c.versions[m.Key].Stamp.Before(m.Stamp) {
		return
	}
	record, err := wire.AppendBody(nil, m)
	if err != nil {
		panic(fmt.Sprintf("quorum: a version that came in a message cannot be written: %v", err))
	}
	c.log.Append(record)
	c.versions[m.Key] = *m
}

// Stamp returns that of the version that the copy has of a key.
func (c *Copy) Stamp(key string) Stamp { return c.versions[key].Stamp }
