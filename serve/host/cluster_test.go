package host_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/serve/host"
)

// cluster is the hosts of one engine in this process.
type cluster struct {
	t       testing.TB
	engine  string
	dir     string
	members []host.Member
	hosts   map[string]*host.Host // those that run
	recover bool                  // of hosts that are opened from now on
	ca      *live.Authority       // of their credentials; nil if they need none
}

// newCluster opens as many hosts as the engine needs to survive the loss of one.
func newCluster(t testing.TB, engine string) *cluster {
	t.Helper()
	return newClusterOf(t, engine, nil)
}

// newClusterOf is newCluster with credentials of an authority.
func newClusterOf(t testing.TB, engine string, ca *live.Authority) *cluster {
	t.Helper()
	c := &cluster{t: t, engine: engine, dir: t.TempDir(), hosts: map[string]*host.Host{}, ca: ca}
	peers, clients := map[string]net.Listener{}, map[string]net.Listener{}
	for i := range host.Hosts(engine) {
		name := string(rune('a' + i))
		peers[name], clients[name] = listener(t), listener(t)
		c.members = append(c.members, host.Member{Name: name, Peer: peers[name].Addr().String(), Client: clients[name].Addr().String()})
	}
	for _, m := range c.members {
		c.open(m.Name, peers[m.Name], clients[m.Name])
	}
	t.Cleanup(c.close)
	return c
}

func (c *cluster) open(name string, peer, client net.Listener) {
	c.t.Helper()
	h, err := host.Open(host.Config{
		Cluster: "test", Name: name, Dir: filepath.Join(c.dir, name), Engine: c.engine, Recover: c.recover,
		Members: c.members, Peer: peer, Client: client, Credentials: c.credentials(name),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.hosts[name] = h
}

// credentials are those of a host of this cluster, or of a client of it.
func (c *cluster) credentials(name string) *live.Credentials {
	c.t.Helper()
	if c.ca == nil {
		return nil
	}
	all, err := c.ca.Credentials(name, time.Hour)
	if err != nil {
		c.t.Fatal(err)
	}
	certificate, key, err := c.ca.Issue(name, time.Hour, "127.0.0.1") // where etcd's client finds it
	if err == nil {
		all.Certificate, err = tls.X509KeyPair(certificate, key)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

func (c *cluster) close() {
	for name := range c.hosts {
		c.stop(name)
	}
}

func (c *cluster) stop(name string) {
	if err := c.hosts[name].Close(); err != nil {
		c.t.Error(err)
	}
	delete(c.hosts, name)
}

// client connects to one host.
func (c *cluster) client(name string) *clientv3.Client {
	c.t.Helper()
	config := clientv3.Config{Endpoints: []string{c.hosts[name].Status().Client}, Logger: zap.NewNop()}
	if mine := c.credentials("client"); mine != nil {
		config.TLS = dialling(mine, name)
	}
	k, err := clientv3.New(config)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = k.Close() })
	return k
}

// dialling is how who has these credentials connects to a host of that name.
func dialling(with *live.Credentials, to string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: to, RootCAs: with.Authority, Certificates: []tls.Certificate{with.Certificate},
	}
}

// works wants a write at each host that runs, and to find it at all of them.
func (c *cluster) works(value string) {
	c.t.Helper()
	for name := range c.hosts {
		k := c.client(name)
		c.await(fmt.Sprintf("host %s takes a write", name), func(ctx context.Context) error {
			_, err := k.Put(ctx, "k/"+name, value)
			return err
		})
	}
	for name := range c.hosts {
		k := c.client(name)
		c.await(fmt.Sprintf("host %s has what was written", name), func(ctx context.Context) error {
			r, err := k.Get(ctx, "k/", clientv3.WithPrefix())
			if err != nil {
				return err
			}
			found := 0
			for _, kv := range r.Kvs {
				if string(kv.Value) == value {
					found++
				}
			}
			if found != len(c.hosts) {
				c.t.Errorf("host %s has %d of %d values that were acknowledged", name, found, len(c.hosts))
			}
			return nil
		})
		_ = k.Close()
	}
}

// await tries until it works, and fails the test if that takes too long.
func (c *cluster) await(what string, try func(context.Context) error) {
	c.t.Helper()
	all, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for ; ; <-poll.C {
		one, cancel := context.WithTimeout(all, patience)
		err := try(one)
		cancel()
		if err == nil {
			return
		}
		if all.Err() != nil {
			for name, h := range c.hosts {
				c.t.Logf("host %s: %+v", name, h.Status())
			}
			c.t.Fatalf("%s: %s: %v", c.engine, what, err)
		}
	}
}

// unhurt wants that no host has failed.
func (c *cluster) unhurt() {
	c.t.Helper()
	for name, h := range c.hosts {
		if err := h.Err(); err != nil {
			c.t.Fatalf("%s: host %s has failed: %v", c.engine, name, err)
		}
	}
}
