package quorum

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config is the same for all clients.
type Config struct {
	// Copies are all.
	Copies []node.Addr
	// Read and Write are R and W. They must overlap: R+W > N.
	Read, Write int
	// WriteBack has readers make known what they return (Q2).
	WriteBack bool
	// Timeout is when an operation is given up; requests are sent again every
	// quarter of it. Default 1 s.
	Timeout time.Duration
}

// Majorities returns quorums of floor(N/2)+1 each, with write-back.
func Majorities(copies []node.Addr) Config {
	n := len(copies)/2 + 1
	return Config{Copies: copies, Read: n, Write: n, WriteBack: true}
}

// Overlap tells whether every set of r of n copies meets every set of w.
func Overlap(n, r, w int) bool { return r+w > n }

// Validate reports a configuration that could promise nothing.
func (c Config) Validate() error {
	n := len(c.Copies)
	switch {
	case c.Read < 1 || c.Read > n || c.Write < 1 || c.Write > n:
		return fmt.Errorf("quorum: R and W must be within 1 and %d, are %d and %d", n, c.Read, c.Write)
	case !Overlap(n, c.Read, c.Write):
		return fmt.Errorf("quorum: a read of %d and a write of %d of %d copies may miss each other", c.Read, c.Write, n)
	}
	return nil
}

// Errors of operations. A read that failed has changed nothing that a client can
// tell from a slow write.
var (
	// ErrUnavailable: too few copies answered. Surely nothing was written.
	ErrUnavailable = errors.New("quorum: too few copies answer")
	// ErrUnknown: too few copies confirmed a write; those that have it keep it.
	ErrUnknown = errors.New("quorum: too few copies confirm; the write may take effect")
)

// Client reads and writes. It belongs into a node: hand it the node's messages.
// Its methods are for tasks of that node.
type Client struct {
	cfg     Config
	env     node.Env
	last    uint64 // request; no two incarnations have the same
	pending map[uint64]*round
}

// streamClient has a record for each incarnation: the number of the latest makes
// this one's requests and stamps differ from all earlier ones.
const streamClient = "quorum-client"

// round is one question to all copies.
type round struct {
	answered []bool // by copy
	count    int
	best     Version
	done     node.Future[bool]
	need     int
}

// NewClient returns a client for an incarnation of a node. It panics if cfg is not
// valid.
func NewClient(env node.Env, cfg Config) *Client {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Second
	}
	log := env.Log(streamClient)
	incarnation := uint64(log.Append(nil))
	log.Trim(log.Next() - 1)
	return &Client{cfg: cfg, env: env, last: incarnation << 32, pending: map[uint64]*round{}}
}

// Read returns the value of a key, or ErrUnavailable.
func (c *Client) Read(t node.Task, key string) (string, error) {
	v, err := c.latest(t, key)
	if err != nil {
		return "", err
	}
	//parley:rule consistency.quorum.read-write-overlap force=false
	if c.cfg.WriteBack {
		if err := c.store(t, key, v.Stamp, v.Value); err != nil {
			return "", ErrUnavailable // a copy more has it than before; the write may have been under way
		}
	}
	return v.Value, nil
}

// Write sets a key. After ErrUnavailable it surely will not take effect, after
// ErrUnknown it may.
func (c *Client) Write(t node.Task, key, value string) error {
	v, err := c.latest(t, key)
	if err != nil {
		return err
	}
	return c.store(t, key, Stamp{v.Stamp.Number + 1, c.env.Self(), c.last}, value)
}

// latest returns the latest version that R copies have.
func (c *Client) latest(t node.Task, key string) (Version, error) {
	//parley:rule consistency.quorum.read-write-overlap value=len(c.cfg.Copies)-c.cfg.Write
	need := c.cfg.Read
	r, ok := c.ask(t, need, func(request uint64) node.Message { return &Get{Request: request, Key: key} })
	if !ok {
		return Version{}, ErrUnavailable
	}
	return r.best, nil
}

// store returns once W copies have a version.
func (c *Client) store(t node.Task, key string, s Stamp, value string) error {
	_, ok := c.ask(t, c.cfg.Write, func(request uint64) node.Message {
		return &Put{Request: request, Key: key, Stamp: s, Value: value}
	})
	if !ok {
		return ErrUnknown
	}
	return nil
}

// ask sends a request to all copies, again and again, until so many have answered.
func (c *Client) ask(t node.Task, need int, request func(number uint64) node.Message) (*round, bool) {
	c.last++
	number := c.last
	r := &round{answered: make([]bool, len(c.cfg.Copies)), need: need}
	c.pending[number] = r
	defer delete(c.pending, number)
	m := request(number)
	for range 4 {
		for i, a := range c.cfg.Copies {
			if !r.answered[i] {
				c.env.Send(a, m)
			}
		}
		if enough, err := r.done.AwaitFor(t, c.cfg.Timeout/4); err == nil {
			return r, enough
		}
	}
	//parley:rule consistency.cap.partition-choice value=r.count>0
	enough := r.count >= need
	return r, enough
}

// Receive handles a message, if it is for a client.
func (c *Client) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Version:
		if r := c.answer(from, m.Request); r != nil && r.best.Stamp.Before(m.Stamp) {
			r.best = *m
		}
		c.settle(m.Request)
	case *Stored:
		c.answer(from, m.Request)
		c.settle(m.Request)
	default:
		return false
	}
	return true
}

// answer notes that a copy has answered, and returns nil if that is no news.
func (c *Client) answer(from node.Addr, request uint64) *round {
	r, i := c.pending[request], slices.Index(c.cfg.Copies, from)
	if r == nil || i < 0 || r.answered[i] {
		return nil
	}
	r.answered[i] = true
	r.count++
	return r
}

func (c *Client) settle(request uint64) {
	if r := c.pending[request]; r != nil && r.count >= r.need {
		r.done.Resolve(true)
	}
}
