package chain

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// Epoch numbers configurations: 1, 2, 3 and so on; 0 is for who knows of none.
type Epoch = relay.Epoch

// Configuration says who stands where.
type Configuration struct {
	Epoch Epoch       `wire:"1"`
	Chain []node.Addr `wire:"2"` // head first, tail last
	// Joining is being brought up to date by the tail, and is to become tail; ""
	// for nobody.
	Joining node.Addr `wire:"3"`
	// Since is the first of the consecutive epochs with this head.
	Since Epoch `wire:"4"`
}

func (c *Configuration) String() string {
	return fmt.Sprintf("%d %v joining %q", c.Epoch, c.Chain, c.Joining)
}

// Head returns who takes writes, or "".
func (c *Configuration) Head() node.Addr {
	if len(c.Chain) == 0 {
		return ""
	}
	return c.Chain[0]
}

// Tail returns where writes are committed, or "".
func (c *Configuration) Tail() node.Addr {
	if len(c.Chain) == 0 {
		return ""
	}
	return c.Chain[len(c.Chain)-1]
}

func (c *Configuration) has(a node.Addr) bool { return slices.Contains(c.Chain, a) }

// before returns the replica before another, "" for the head and for strangers.
// Before a joining one stands the tail.
func (c *Configuration) before(a node.Addr) node.Addr {
	if a == c.Joining {
		return c.Tail()
	}
	if i := slices.Index(c.Chain, a); i > 0 {
		return c.Chain[i-1]
	}
	return ""
}

// behind returns the replica behind another, "" for the tail and for strangers.
func (c *Configuration) behind(a node.Addr) node.Addr {
	if i := slices.Index(c.Chain, a); i >= 0 && i+1 < len(c.Chain) {
		return c.Chain[i+1]
	}
	return ""
}

// without returns the next configuration, in which a replica has no place.
func (c *Configuration) without(a node.Addr) *Configuration {
	next := c.next()
	next.Chain = slices.DeleteFunc(next.Chain, func(x node.Addr) bool { return x == a })
	if next.Joining == a {
		next.Joining = ""
	}
	if next.Head() != c.Head() {
		next.Since = next.Epoch
	}
	return next
}

// joining returns the next configuration, in which a replica is brought up to date.
func (c *Configuration) joining(a node.Addr) *Configuration {
	next := c.next()
	next.Joining = a
	return next
}

// extended returns the next configuration, in which the joining replica is tail.
func (c *Configuration) extended() *Configuration {
	next := c.next()
	next.Chain, next.Joining = append(next.Chain, c.Joining), ""
	return next
}

func (c *Configuration) next() *Configuration {
	return &Configuration{Epoch: c.Epoch + 1, Chain: slices.Clone(c.Chain), Joining: c.Joining, Since: c.Since}
}

func (c *Configuration) encode() []byte {
	b, err := wire.AppendBody(nil, c)
	if err != nil {
		panic(fmt.Sprintf("chain: %v", err))
	}
	return b
}

func decodeConfiguration(b []byte) (*Configuration, error) {
	c := &Configuration{}
	if err := wire.UnmarshalBody(b, c); err != nil {
		return nil, fmt.Errorf("chain: configuration: %w", err)
	}
	return c, nil
}
