package chain

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// defaultLease is LeaseLength's default.
const defaultLease = 600 * time.Millisecond

// Config is the knobs of one replica. The zero value of a field means its default.
type Config struct {
	// Masters are the addresses of the configuration service. There is no default.
	Masters []node.Addr
	// LeaseLength is for how long a replica may go on without the configuration
	// service, and how long it takes to remove one. The same everywhere. Default
	// 600 ms.
	LeaseLength time.Duration
	// ClockDrift bounds how much faster or slower than true any host's oscillator
	// may run, as a fraction. Leases are shortened accordingly. Default 0.02.
	ClockDrift float64

	// Apportioned has every replica answer reads (CRAQ). Otherwise the tail alone
	// does.
	Apportioned bool
	// Objects tells which objects a command as rsm orders it may change; all is for
	// one that may change any. Nil: the whole state is one object.
	Objects func(command []byte) (objects []string, all bool)

	relay.Limits
}

func (c Config) withDefaults() Config {
	if c.LeaseLength == 0 {
		c.LeaseLength = defaultLease
	}
	if c.ClockDrift == 0 {
		c.ClockDrift = 0.02
	}
	c.Limits = c.Limits.WithDefaults()
	return c
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	switch {
	case len(c.Masters) == 0:
		return fmt.Errorf("chain: Masters is empty")
	case c.LeaseLength < 0:
		return fmt.Errorf("chain: LeaseLength must be positive, is %v", c.LeaseLength)
	case c.ClockDrift < 0 || c.ClockDrift >= 0.5:
		return fmt.Errorf("chain: ClockDrift must be within 0 and 0.5, is %v", c.ClockDrift)
	}
	return c.Limits.Validate()
}
