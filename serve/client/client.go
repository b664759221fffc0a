package client

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// ErrClosed: the client is closed. The request was never sent.
var ErrClosed = fmt.Errorf("client closed: %w", rsm.ErrRefused)

// Config says whom to talk to. Cluster and Hosts are needed.
type Config struct {
	Cluster string            // as the hosts have it
	Hosts   map[string]string // host:port of hosts' peer addresses, by name
	// Credentials, from the hosts' authority, are needed unless all addresses
	// are of this machine; Name is then one that the certificate names.
	Credentials *live.Credentials
	// Name is this client's name as a host, which no other host has. Empty means
	// one drawn at random.
	Name string

	// Service is the replicas' name on their hosts. Default "store".
	Service string
	// Timeout is when a request is given up. Default 10 s.
	Timeout time.Duration
	// MaxOutstanding bounds the requests that have no outcome yet, commands and
	// reads of each level: beyond it, calls that wait do so, and others end with
	// rsm.ErrBusy. Default and maximum 8,192, half of rsm.Window.
	MaxOutstanding int
	Logger         *slog.Logger // nil discards
}

// Client is a connection to a store. Its methods may be called from any
// goroutine.
type Client struct {
	host  *live.Host
	lanes [lanes]lane

	mu     sync.Mutex
	queue  []request // for the loop to take
	spare  []request // the loop's, to be the next queue
	posted bool      // the loop will come for queue
	closed bool

	closing  sync.Once
	pipeline atomic.Pointer[rsm.Pipeline]
}

// guest is the node that the client's host serves.
type guest struct {
	client  *Client
	servers []node.Addr
	config  rsm.PipelineConfig
}

const guestService = "client"

// Open returns a client. It does not wait for the hosts: requests do, until
// they are given up.
func Open(c Config) (*Client, error) {
	if len(c.Hosts) == 0 {
		return nil, errors.New("client: no hosts")
	}
	if c.Name == "" {
		c.Name = "client-" + rand.Text()
	}
	if c.Service == "" {
		c.Service = "store"
	}
	if c.MaxOutstanding == 0 {
		c.MaxOutstanding = rsm.Window / 2
	}
	if c.MaxOutstanding < 1 || c.MaxOutstanding > rsm.Window/2 {
		return nil, fmt.Errorf("client: MaxOutstanding must be within 1 and %d, is %d", rsm.Window/2, c.MaxOutstanding)
	}
	host, err := live.Open(live.Config{
		Name: c.Name, Cluster: c.Cluster, Peers: c.Hosts, Credentials: c.Credentials, Logger: c.Logger,
		Disk: disk.NewFaulty(), // it keeps nothing
	})
	if err != nil {
		return nil, err
	}
	k := &Client{host: host}
	for i := range k.lanes {
		k.lanes[i].room = make(chan struct{}, c.MaxOutstanding)
	}
	err = host.Serve(guestService, func() node.Node {
		return &guest{k, c.servers(), rsm.PipelineConfig{Timeout: c.Timeout, MaxOutstanding: rsm.Window}}
	})
	if err != nil {
		return nil, errors.Join(err, host.Close())
	}
	return k, nil
}

func (c *Config) servers() (all []node.Addr) {
	for _, name := range slices.Sorted(maps.Keys(c.Hosts)) {
		all = append(all, node.Join(name, c.Service))
	}
	return all
}

// Close ends all requests that are outstanding, and the connections.
func (c *Client) Close() error {
	var err error
	c.closing.Do(func() {
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		err = c.host.Close()
		// The loop has ended, so what was its own is ours.
		c.mu.Lock()
		left := c.queue
		c.queue = nil
		c.mu.Unlock()
		for _, r := range left {
			r.done(nil, ErrClosed)
		}
		if p := c.pipeline.Load(); p != nil {
			p.Abandon()
		}
	})
	return err
}

// Start makes the pipeline.
func (g *guest) Start(env node.Env) {
	g.client.pipeline.Store(rsm.NewPipeline(env, g.servers, g.config))
}

// Receive hands the pipeline what is its own.
func (g *guest) Receive(from node.Addr, m node.Message) {
	g.client.pipeline.Load().Receive(from, m)
}
