package host

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// stranger tells that the configuration does not name a host: it may be a client.
// Its certificate, if one is needed, says truly what it is called.
func (c *Config) stranger(host string) bool {
	return !slices.ContainsFunc(c.Members, func(m Member) bool { return m.Name == host })
}

// guarded keeps strangers from a service that only hosts speak to (I4).
func (c *Config) guarded(service func() node.Node) func() node.Node {
	return func() node.Node { return &gate{service(), c} }
}

type gate struct {
	node.Node
	config *Config
}

// Receive hands on what a host of the cluster sends.
func (g *gate) Receive(from node.Addr, m node.Message) {
	if !g.config.stranger(from.Host()) {
		g.Node.Receive(from, m)
	}
}
