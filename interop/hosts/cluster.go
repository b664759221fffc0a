package hosts

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Cluster is three or four hosts, of which any may be down.
type Cluster struct {
	Program Program
	Engine  string // of Parley's hosts; "" for the default
	Hosts   []*Host
	Quota   int64 // bytes of the store, of hosts that are started from now on; 0 for the program's own
	t       testing.TB
	dir     string
	doubles []*Host
}

// ClusterName is what Parley's hosts have in common, for who speaks their
// protocol.
const ClusterName = "interop"

// Patience is how long a cluster may take for anything that it has to do.
const Patience = time.Minute

// Start runs a cluster until the end of the test, and returns when each host
// serves and is a member. If the test fails it shows what each of them said.
func Start(t testing.TB) *Cluster {
	t.Helper()
	return StartOf(t, Engine())
}

// StartOf is Start for an engine of Parley's.
func StartOf(t testing.TB, engine string) *Cluster {
	t.Helper()
	c := NewOf(t, engine)
	for _, h := range c.Hosts {
		h.Start()
	}
	c.AwaitReady()
	if c.Limits().Leaves || c.Limits().Viewed {
		c.awaitMembers()
	}
	return c
}

// New prepares a cluster and starts none of its hosts.
func New(t testing.TB) *Cluster {
	t.Helper()
	return NewOf(t, Engine())
}

// NewOf is New for an engine of Parley's.
func NewOf(t testing.TB, engine string) *Cluster {
	t.Helper()
	c := &Cluster{Program: The(t), Engine: engine, t: t}
	c.dir = t.TempDir()
	for _, name := range names[:size(c.Program, engine)] {
		c.Hosts = append(c.Hosts, c.newHost(name))
	}
	t.Cleanup(c.end)
	return c
}

func (c *Cluster) newHost(name string) *Host {
	c.t.Helper()
	ports := freePorts(c.t, 3)
	h := &Host{Name: name, Client: ports[0], Peer: ports[1], HTTP: ports[2], Dir: filepath.Join(c.dir, name), cluster: c}
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		c.t.Fatal(err)
	}
	return h
}

// Join prepares a host that was not there from the beginning. Hosts that are
// started from now on know of it.
func (c *Cluster) Join(name string) *Host {
	c.t.Helper()
	h := c.newHost(name)
	h.join = true
	c.Hosts = append(c.Hosts, h)
	return h
}

// Double prepares a host that is a stranger to the others and claims the data
// of an existing one, with ports of its own.
func (c *Cluster) Double(of *Host) *Host {
	c.t.Helper()
	h := c.newHost(of.Name + "-double")
	h.as = of
	c.doubles = append(c.doubles, h)
	return h
}

// end keeps H1.
func (c *Cluster) end() {
	for _, h := range append(c.doubles, c.Hosts...) {
		h.Kill()
	}
	if c.t.Failed() {
		c.ShowLogs()
	}
}

// ShowLogs shows what each host said last.
func (c *Cluster) ShowLogs() {
	for _, h := range c.Hosts {
		c.t.Logf("%v: the last words of host %s:\n%s", time.Now().UTC().Format("15:04:05.000"), h.Name, tail(h.Log(), 40))
	}
}

// Endpoints returns the client addresses of all hosts.
func (c *Cluster) Endpoints() (all []string) {
	for _, h := range c.Hosts {
		all = append(all, h.Client)
	}
	return all
}

// Connect returns a client of those hosts, or of all if none is given. It is
// closed at the end of the test.
func (c *Cluster) Connect(to ...*Host) *clientv3.Client {
	c.t.Helper()
	if len(to) == 0 {
		to = c.Hosts
	}
	config := clientv3.Config{DialTimeout: Patience, Logger: zap.NewNop(), DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: 5 * time.Second}
	for _, h := range to {
		config.Endpoints = append(config.Endpoints, h.Client)
	}
	client, err := clientv3.New(config)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = client.Close() }) // what it could complain about is that it was cut off
	return client
}
