package host

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// Service is the name under which a host runs its replica, RollService that of
// its roll.
const (
	Service     = "store"
	RollService = "roll"
)

// Member is a host of the cluster as others reach it: host:port each.
type Member struct {
	Name, Peer, Client string
}

// Config says what to assemble.
type Config struct {
	Cluster string // equal on all hosts
	Name    string // one of Members
	Dir     string // the host's data
	Engine  string // one of Engines; "" means the first
	Store   string // one of Stores; "" means the first
	Members []Member
	// Join says that the cluster runs already and this host is not a founder:
	// its replica has no say until it is made a member.
	Join bool

	// Peer and Client are listened on for hosts and for clients. The host
	// closes them, also if it does not open.
	Peer, Client net.Listener
	// Credentials are needed once anything is reachable beyond loopback.
	Credentials *live.Credentials

	// Recover has the engine believe nothing of the host's disk but its identity, and
	// fetch from the others what differs. Only pbft can: proactive recovery.
	Recover bool

	// Beside are further services of this host, by name, which anybody may speak to who
	// can reach it; BesideJobs is how many of the kernel's goroutines they need.
	Beside     map[string]func() node.Node
	BesideJobs int

	Quota  int64        // bytes of the store; 0 for none
	Logger *slog.Logger // nil discards
	Tracer *live.Tracer // nil if nobody wants to know what happens here
}

func (c *Config) check() error {
	if c.Engine == "" {
		c.Engine = Engines()[0]
	}
	if _, is := engines[c.Engine]; !is {
		return fmt.Errorf("there is no engine %q; there are %s", c.Engine, strings.Join(Engines(), ", "))
	}
	if c.Recover && !engines[c.Engine].recovers {
		return fmt.Errorf("the engine %s has no recovery of a disk that is not believed; pbft has", c.Engine)
	}
	if c.Store == "" {
		c.Store = Stores()[0]
	}
	if !slices.Contains(Stores(), c.Store) {
		return fmt.Errorf("there is no store %q; there are %s", c.Store, strings.Join(Stores(), ", "))
	}
	if c.Peer == nil || c.Client == nil {
		return errors.New("a host listens for other hosts and for clients")
	}
	if !slices.ContainsFunc(c.Members, func(m Member) bool { return m.Name == c.Name }) {
		return fmt.Errorf("%q is none of the members", c.Name)
	}
	if ip := c.Client.Addr().(*net.TCPAddr).IP; c.Credentials == nil && !ip.IsLoopback() {
		return fmt.Errorf("listen for clients on %s: %w", c.Client.Addr(), live.ErrNeedCredentials)
	}
	return nil
}

// founders returns the replicas that the group begins with.
func (c *Config) founders() []node.Addr {
	if c.Join {
		return nil
	}
	var all []node.Addr
	for _, m := range c.Members {
		all = append(all, node.Join(m.Name, Service))
	}
	return all
}

// rolls returns the other hosts' rolls.
func (c *Config) rolls() []node.Addr {
	var others []node.Addr
	for _, m := range c.Members {
		if m.Name != c.Name {
			others = append(others, node.Join(m.Name, RollService))
		}
	}
	return others
}

// peers maps the other hosts to their addresses.
func (c *Config) peers() map[string]string {
	others := map[string]string{}
	for _, m := range c.Members {
		if m.Name != c.Name {
			others[m.Name] = m.Peer
		}
	}
	return others
}
