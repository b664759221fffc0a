package primarybackup

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// Config is the knobs of one server. The zero value of a field means its default.
type Config struct {
	// ViewServer is the view server's address. There is no default.
	ViewServer node.Addr
	// PingInterval is how often the view server is pinged. Default 100 ms.
	PingInterval time.Duration
	// IdleSpares leaves servers without a role without operations, as in the
	// notes. All servers of a group have the same setting.
	IdleSpares bool
	// Exclusive has a server that sends or gets state do nothing else: it does not
	// ping, as one whose transfer is a single call under the one lock that it has.
	// It shows why the view server's patience must exceed a transfer.
	Exclusive bool

	relay.Limits
}

func (c Config) withDefaults() Config {
	if c.PingInterval == 0 {
		c.PingInterval = 100 * time.Millisecond
	}
	c.Limits = c.Limits.WithDefaults()
	return c
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.ViewServer == "":
		return fmt.Errorf("primarybackup: ViewServer is not set")
	case c.PingInterval < 0:
		return fmt.Errorf("primarybackup: PingInterval must be positive, is %v", c.PingInterval)
	}
	return c.Limits.Validate()
}

// Patience is the knobs of a view server. The zero value of a field means its
// default.
type Patience struct {
	// PingInterval is how often servers are to be heard. Default 100 ms.
	PingInterval time.Duration
	// DeadPings is how many pings in a row must be missing before a server is
	// taken for dead. Default 5.
	DeadPings int
}

func (p Patience) withDefaults() Patience {
	if p.PingInterval == 0 {
		p.PingInterval = 100 * time.Millisecond
	}
	if p.DeadPings == 0 {
		p.DeadPings = 5
	}
	return p
}

// Validate reports the first setting that makes no sense.
func (p Patience) Validate() error {
	if p.PingInterval < 0 || p.DeadPings < 0 {
		return fmt.Errorf("primarybackup: PingInterval and DeadPings must be positive, are %v and %d", p.PingInterval, p.DeadPings)
	}
	return nil
}
