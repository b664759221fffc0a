package gateway

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Config says whose side it is on.
type Config struct {
	Cluster string // that of the hosts
	Name    string // this gateway's, which no host and no other gateway has
	Dir     string // its data
	// Members are the hosts of the cluster, all of them. Their engine is pbft.
	Members []host.Member
	// Client is listened on for etcd's clients. The gateway closes it, also if it does
	// not open.
	Client net.Listener
	// Credentials prove its name to the hosts, and theirs to it. They may be nil only
	// while all addresses are loopback.
	Credentials *live.Credentials
	Quota       int64        // bytes of the store, equal to the hosts'; 0 for none
	Logger      *slog.Logger // nil discards
}

// Gateway is one that runs.
type Gateway struct {
	live   *live.Host
	server *etcd.Server
	client net.Listener
	ended  chan struct{} // closed once the door has no caller any more
}

func (c *Config) check() error {
	for _, m := range c.Members {
		if m.Name == c.Name {
			return fmt.Errorf("%q is the name of a host of the cluster: a gateway needs its own", c.Name)
		}
	}
	if n := len(c.Members); n < 4 {
		return fmt.Errorf("a cluster of %d hosts survives no liar: name all of its hosts, at least 4", n)
	}
	if c.Credentials == nil && !c.local() {
		return fmt.Errorf("listen for clients on %s: %w", c.Client.Addr(), live.ErrNeedCredentials)
	}
	return nil
}

// Open starts a gateway on its directory. It does not wait for the hosts: clients wait
// until f+1 of them have told it what they have.
func Open(c Config) (*Gateway, error) {
	if err := c.check(); err != nil {
		_ = c.Client.Close() // the error that made us close it is the one to report
		return nil, fmt.Errorf("gateway: %w", err)
	}
	kernel, err := live.Open(live.Config{
		Name: c.Name, Cluster: c.Cluster, Dir: c.Dir, Peers: c.peers(), Credentials: c.Credentials, Logger: c.Logger,
	})
	if err != nil {
		_ = c.Client.Close() // as above
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g := &Gateway{live: kernel, client: c.Client, ended: make(chan struct{})}
	if err := g.serve(c); err != nil {
		return nil, errors.Join(fmt.Errorf("gateway: %w", err), c.Client.Close(), kernel.Close())
	}
	return g, nil
}

// serve starts the follower and opens the door in front of it.
func (g *Gateway) serve(c Config) error {
	followed := pbft.Config{Members: c.replicas(), Follow: true}
	err := g.live.Serve(host.Service, func() node.Node {
		return rsm.New(pbft.New(followed), kv.New(kv.Options{Quota: c.Quota}), rsm.Config{})
	})
	if err != nil {
		return err
	}
	g.server, err = etcd.New(etcd.Hosted(g.live, host.Service), etcd.Options{
		Cluster: c.Cluster, Self: node.Join(c.Name, host.Service), Members: c.described(),
		Logger: c.Logger, Scratch: c.Dir, TLS: c.tls(),
	})
	if err != nil {
		return err
	}
	go func() {
		defer close(g.ended)
		_ = g.server.Serve(g.client) // nil after Stop; a listener does not fail otherwise
	}()
	return nil
}

// Done is closed as soon as the gateway has failed or is being closed.
func (g *Gateway) Done() <-chan struct{} { return g.live.Done() }

// Err returns why it failed; nil while it runs and after Close.
func (g *Gateway) Err() error { return g.live.Err() }

// Close stops the gateway, its door first.
func (g *Gateway) Close() error {
	_ = g.client.Close() // it may be closed already
	g.server.Stop()
	<-g.ended
	return g.live.Close()
}

func (c *Config) local() bool { return c.Client.Addr().(*net.TCPAddr).IP.IsLoopback() }

// tls is nil for a door that only this machine reaches.
func (c *Config) tls() *tls.Config {
	if c.local() {
		return nil
	}
	return host.ServerTLS(c.Credentials)
}

func (c *Config) replicas() (all []node.Addr) {
	for _, m := range c.Members {
		all = append(all, node.Join(m.Name, host.Service))
	}
	return all
}

func (c *Config) peers() map[string]string {
	all := map[string]string{}
	for _, m := range c.Members {
		all[m.Name] = m.Peer
	}
	return all
}

// described tells clients of this door alone: at the hosts' own they would believe one
// host.
func (c *Config) described() []etcd.Member {
	scheme := "http://"
	if !c.local() {
		scheme = "https://"
	}
	url := []string{scheme + c.Client.Addr().String()}
	var all []etcd.Member
	for _, a := range append(c.replicas(), node.Join(c.Name, host.Service)) {
		all = append(all, etcd.Member{Addr: a, Name: a.Host(), ClientURLs: url})
	}
	return all
}
