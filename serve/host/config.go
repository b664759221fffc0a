package host

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
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
	Members []Member
	// Join says that the cluster runs already and this host is not a founder:
	// its replica has no say until it is made a member.
	Join bool

	// Peer and Client are listened on for hosts and for clients. The host
	// closes them, also if it does not open.
	Peer, Client net.Listener
	// Credentials are needed once anything is reachable beyond loopback.
	Credentials *live.Credentials

	Quota  int64        // bytes of the store; 0 for none
	Logger *slog.Logger // nil discards
	Tracer *live.Tracer // nil if nobody wants to know what happens here
}

// engines make an engine for the members of a new group.
var engines = map[string]func(members []node.Addr) rsm.Engine{
	"raft": func(members []node.Addr) rsm.Engine { return raft.New(raft.Config{Members: members}) },
	"vr":   func(members []node.Addr) rsm.Engine { return vr.New(vr.Config{Members: members}) },
}

// defaultEngine is what a host has that names none.
const defaultEngine = "raft"

// Engines returns the names of the engines, the default first.
func Engines() []string {
	others := maps.Clone(engines)
	delete(others, defaultEngine)
	return append([]string{defaultEngine}, slices.Sorted(maps.Keys(others))...)
}

func (c *Config) check() error {
	if c.Engine == "" {
		c.Engine = Engines()[0]
	}
	if engines[c.Engine] == nil {
		return fmt.Errorf("there is no engine %q; there are %s", c.Engine, strings.Join(Engines(), ", "))
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
