package rpc

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// ClientConfig is a client's knobs. Zero values stand for the defaults that the
// comments name.
type ClientConfig struct {
	// Semantics is the promise of Call and Do. A client of ExactlyOnce keeps a log,
	// and so it alone can make such calls; all can make the others.
	Semantics Semantics
	// RetryAfter is how long a reply may take before the request is sent again: 1 s.
	RetryAfter time.Duration
	// Tries is how often a request is sent before the call ends in an error: 5.
	// With 1 it is never sent again, which makes a call at-most-once with any
	// server (as in Go's net/rpc). ExactlyOnce tries for ever.
	Tries int
	// Numbers gives out the XIDs; a Sequence with blocks of 1,024.
	Numbers Source
	// Resumed is told of calls of an earlier incarnation that were finished in
	// this one (ExactlyOnce), once Resume was called.
	Resumed func(server node.Addr, method string, reply *Reply)
}

// Client makes calls for the tasks of one node. A node has at most one, and what its
// Within returns.
type Client struct {
	env    node.Env
	cfg    ClientConfig
	within time.Duration // what a call may take; 0 for no limit
	*underWay
}

// underWay is what a client has begun.
type underWay struct {
	open []uint64 // numbers of calls, ascending
	last uint64   // the highest number given out
	book *book    // nil unless ExactlyOnce
}

// NewClient returns a client for the node of env.
func NewClient(env node.Env, cfg ClientConfig) (*Client, error) {
	if cfg.RetryAfter == 0 {
		cfg.RetryAfter = time.Second
	}
	if cfg.Tries == 0 {
		cfg.Tries = 5
	}
	c := &Client{env: env, cfg: cfg, underWay: new(underWay)}
	var err error
	if c.cfg.Numbers == nil {
		if c.cfg.Numbers, err = NewSequence(env, 1024); err != nil {
			return nil, err
		}
	}
	if cfg.Semantics != ExactlyOnce {
		return c, nil
	}
	if !c.cfg.Numbers.Ordered() {
		return nil, fmt.Errorf("rpc: client %s: calls that survive a crash need numbers that ascend", env.Self())
	}
	if c.book, err = openBook(env); err != nil {
		return nil, err
	}
	for _, p := range c.book.pending {
		c.open = append(c.open, p.Request.ID.Number)
		c.last = max(c.last, p.Request.ID.Number)
	}
	slices.Sort(c.open)
	return c, nil
}

// Within returns the same client, whose calls end in an error if there is no reply
// after d, or already after ClientConfig.Tries. Those of ExactlyOnce go on all the same:
// what was logged is not taken back.
func (c *Client) Within(d time.Duration) *Client {
	limited := *c
	limited.within = d
	return &limited
}

// Call calls a procedure that was added with Handle or HandleOutside for the same
// types. Its error is an *Error.
func Call[A, R any](t node.Task, c *Client, server node.Addr, method string, args *A) (*R, error) {
	return CallAs[A, R](t, c, c.cfg.Semantics, server, method, args)
}

// CallAs is Call with a promise of its own.
func CallAs[A, R any](t node.Task, c *Client, promise Semantics, server node.Addr, method string, args *A) (*R, error) {
	b, err := wire.AppendBody(nil, args)
	if err != nil {
		return nil, &Error{Server: server, Method: method, Status: BadArguments, Text: err.Error()}
	}
	reply, err := c.DoAs(t, promise, server, method, b)
	if err != nil {
		return nil, err
	}
	r := new(R)
	if err := wire.UnmarshalBody(reply.Result, r); err != nil {
		return nil, &Error{ID: reply.ID, Server: server, Method: method, Status: OK, Text: "it ran; its result does not decode: " + err.Error()}
	}
	return r, nil
}

// Do is Call with the bodies of arguments and result as bytes.
func (c *Client) Do(t node.Task, server node.Addr, method string, args []byte) (*Reply, error) {
	return c.DoAs(t, c.cfg.Semantics, server, method, args)
}

// DoAs is Do with a promise of its own.
func (c *Client) DoAs(t node.Task, promise Semantics, server node.Addr, method string, args []byte) (*Reply, error) {
	if promise == ExactlyOnce && c.book == nil {
		return nil, &Error{Server: server, Method: method, Err: ErrNoLog}
	}
	id := c.cfg.Numbers.Next()
	c.begin(id)
	r := &Request{ID: id, Method: method, Args: args}
	if promise == ExactlyOnce {
		//parley:rule rpc.exactlyonce.client-log drop
		c.book.begin(server, r)
	}
	return c.finish(t, promise, server, r)
}

// finish sends a request until it is answered, or often enough.
func (c *Client) finish(t node.Task, promise Semantics, server node.Addr, r *Request) (*Reply, error) {
	end := c.env.Elapsed() + c.within
	for try := 1; ; try++ {
		began := c.env.Elapsed()
		wait, last := c.patience(promise, try, end-began)
		copied := *r // what was sent before is not changed
		copied.Mark = c.mark()
		m, err := t.Call(server, &copied, wait)
		reply, ok := m.(*Reply)
		switch {
		case err == nil && ok && reply.ID == r.ID && (reply.Status != Overloaded || last):
			c.end(r.ID, promise)
			return reply, c.judge(server, r, reply)
		case err == nil:
			t.Sleep(began + wait - c.env.Elapsed())
		}
		//parley:rule rpc.atleastonce.retry rpc.exactlyonce.retry-plus-filter force=true
		if last {
			c.end(r.ID, promise)
			return nil, &Error{ID: r.ID, Server: server, Method: r.Method, Err: node.ErrTimeout}
		}
	}
}

// patience returns how long a try may take, and whether it is the last one: the next
// would come after all the time that is left.
func (c *Client) patience(promise Semantics, try int, left time.Duration) (wait time.Duration, last bool) {
	wait = c.cfg.RetryAfter
	switch {
	case promise == ExactlyOnce:
		return wait, false
	case c.within > 0 && left <= wait:
		return left, true
	}
	return wait, try >= c.cfg.Tries
}

func (c *Client) judge(server node.Addr, r *Request, reply *Reply) error {
	if reply.Status == OK {
		return nil
	}
	return &Error{ID: r.ID, Server: server, Method: r.Method, Status: reply.Status, Text: string(reply.Result)}
}

func (c *Client) begin(id XID) {
	c.last = max(c.last, id.Number)
	at, _ := slices.BinarySearch(c.open, id.Number)
	c.open = slices.Insert(c.open, at, id.Number)
}

func (c *Client) end(id XID, promise Semantics) {
	if at, found := slices.BinarySearch(c.open, id.Number); found {
		c.open = slices.Delete(c.open, at, at+1)
	}
	if promise == ExactlyOnce {
		c.book.end(id)
	}
}

// mark returns up to where all calls are over: none of them is sent again.
func (c *Client) mark() uint64 {
	switch {
	case !c.cfg.Numbers.Ordered():
		return 0
	case len(c.open) > 0:
		return c.open[0] - 1
	}
	return c.last
}
