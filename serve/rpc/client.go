package rpc

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// ClientConfig says whom to call, and how patiently. Address is needed; zero values
// of the others stand for what the comments name.
type ClientConfig struct {
	Address string      // host:port of a Door
	TLS     *tls.Config // needed beyond loopback
	// RetryAfter is how long a result may take before the call is sent again: 1 s.
	RetryAfter time.Duration
	// Tries is how often a call is sent before Call ends in an error: 5. With 1
	// it is never sent again. What sending again means is the server's
	// promise: with AtMostOnce tables a call runs once, without, once or more often.
	Tries    int
	MaxFrame int // bytes of a frame: 1 MiB
	MaxQueue int // bytes of calls that wait to be written: 4 MiB
}

// Client makes calls over one connection, which it dials when it needs one. Its
// methods may be called from any goroutine.
type Client struct {
	cfg  ClientConfig
	name string
	hand func(resultBody) // takes results, if it is not nil: a Forwarder, whose calls outlive it

	dialing sync.Mutex // one dial at a time; taken before mu

	mu     sync.Mutex
	link   *link
	last   uint64
	open   []uint64 // numbers of calls under way, ascending
	wait   map[uint64]*pending
	closed bool
}

// Dial returns a client with a name of its own. It does not wait for the server:
// calls do. The error is live.ErrNeedCredentials if they would go to another
// machine in the clear.
func Dial(c ClientConfig) (*Client, error) {
	for _, d := range []struct {
		field *int
		value int
	}{{&c.Tries, 5}, {&c.MaxFrame, 1 << 20}, {&c.MaxQueue, 4 << 20}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.RetryAfter == 0 {
		c.RetryAfter = time.Second
	}
	a, err := net.ResolveTCPAddr("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("rpc: address %q: %w", c.Address, err)
	}
	if c.TLS == nil && !loopback(a) {
		return nil, fmt.Errorf("rpc: call %s: %w", c.Address, live.ErrNeedCredentials)
	}
	return &Client{cfg: c, name: rand.Text(), wait: map[uint64]*pending{}}, nil
}

// Close ends all calls that are under way, and the connection. If there are none, it lets
// the server forget this client.
func (c *Client) Close() error {
	c.mu.Lock()
	l, over := c.link, len(c.open) == 0 && c.hand == nil
	c.closed = true
	c.mu.Unlock()
	if l == nil {
		return nil
	}
	if over {
		_ = now(l.out, byeBody{}) // a server that is not told keeps an entry more
	}
	l.out.close()
	if err := l.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil // its writer was quicker
}

// Error is a call that did not end well.
type Error struct {
	Address, Method string
	Number          uint64
	Status          rpc.Status // 0 if there was no result
	Text            string
	// Sent is how many requests were handed to connections, each of which carries
	// what it is handed once at most.
	Sent int
	Err  error // why there was no result
}

func (e *Error) Error() string {
	s := fmt.Sprintf("rpc: call %s of %s, number %d", e.Method, e.Address, e.Number)
	switch {
	case e.Err == nil:
		return fmt.Sprintf("%s: %v: %s", s, e.Status, e.Text)
	case e.Sent > 0:
		return fmt.Sprintf("%s: %v; it may have run", s, e.Err)
	}
	return fmt.Sprintf("%s: %v; it did not run", s, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// SurelyNot tells whether the procedure did not run and never will (I2).
func (e *Error) SurelyNot() bool {
	if e.Err != nil || e.Sent > 1 {
		return e.Sent == 0
	}
	return e.Status == rpc.NoMethod || e.Status == rpc.BadArguments || e.Status == rpc.Overloaded
}

// ErrClosed says that the client is closed.
var ErrClosed = errors.New("client is closed")

// Call calls a procedure that was added with rpc.Handle or rpc.HandleOutside for
// the same types. Its error is an *Error.
func Call[A, R any](ctx context.Context, c *Client, method string, args *A) (*R, error) {
	return callUpTo[A, R](ctx, c, method, args, c.cfg.Tries)
}

// Insist is Call without ClientConfig.Tries: it goes on until there is a result, or ctx
// is over. With a server's promise of at most once, what it returns a result for ran
// exactly once.
func Insist[A, R any](ctx context.Context, c *Client, method string, args *A) (*R, error) {
	return callUpTo[A, R](ctx, c, method, args, math.MaxInt)
}

func callUpTo[A, R any](ctx context.Context, c *Client, method string, args *A, tries int) (*R, error) {
	b, err := wire.AppendBody(nil, args)
	if err != nil {
		return nil, &Error{Address: c.cfg.Address, Method: method, Status: rpc.BadArguments, Text: err.Error()}
	}
	text, err := c.do(ctx, method, b, tries)
	if err != nil {
		return nil, err
	}
	r := new(R)
	if err := wire.UnmarshalBody(text, r); err != nil {
		return nil, &Error{Address: c.cfg.Address, Method: method, Status: rpc.OK, Sent: 1, Text: "it ran; its result does not decode: " + err.Error()}
	}
	return r, nil
}

// Do is Call with the bodies of arguments and result as bytes.
func (c *Client) Do(ctx context.Context, method string, args []byte) ([]byte, error) {
	return c.do(ctx, method, args, c.cfg.Tries)
}

func (c *Client) do(ctx context.Context, method string, args []byte, tries int) ([]byte, error) {
	if n := len(method) + len(args) + resultOverhead; n > c.cfg.MaxFrame {
		return nil, &Error{Address: c.cfg.Address, Method: method, Status: rpc.BadArguments, Text: fmt.Sprintf("a call of %d bytes does not fit a frame of %d", n, c.cfg.MaxFrame)}
	}
	p := c.begin()
	defer c.end(p)
	b := callBody{Number: p.number, Method: method, Args: args}
	for try := 1; ; try++ {
		r, err := c.try(ctx, &b, p)
		last := try >= tries || ctx.Err() != nil || errors.Is(err, ErrClosed)
		e := Error{Address: c.cfg.Address, Method: method, Number: p.number, Sent: p.sent}
		switch {
		case rpc.Status(r.Status) == rpc.OK:
			return r.Result, nil
		case r.Status != 0 && (rpc.Status(r.Status) != rpc.Overloaded || last):
			e.Status, e.Text = rpc.Status(r.Status), string(r.Result)
			return nil, &e
		case last:
			e.Err = err
			return nil, &e
		}
		if !errors.Is(err, node.ErrTimeout) && !c.pause(ctx) {
			e.Err = errors.Join(ctx.Err(), err)
			return nil, &e
		}
	}
}

// try sends a call once and waits for its result, or until it is time to send it
// again. A result without a status is none.
func (c *Client) try(ctx context.Context, b *callBody, p *pending) (none resultBody, err error) {
	l, err := c.connect(ctx)
	if err != nil {
		return none, err
	}
	mark, alone := c.mark()
	b.Mark = mark
	send := add[callBody]
	if alone { // nobody could share the write
		send = now[callBody]
	}
	if err := send(l.out, *b); err != nil {
		return none, err
	}
	p.sent++
	p.timer.Reset(c.cfg.RetryAfter)
	defer p.timer.Stop()
	select {
	case r := <-p.came:
		return r, nil
	case <-p.timer.C:
		return none, node.ErrTimeout
	case <-l.down:
		return none, l.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// pause waits for the time to try again, unless ctx is over before that.
func (c *Client) pause(ctx context.Context) bool {
	timer := time.NewTimer(min(c.cfg.RetryAfter, 100*time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pending is a call that waits for its result. It is used for one call after the
// other.
type pending struct {
	number uint64
	sent   int             // requests handed to connections
	came   chan resultBody // has room for one
	timer  *time.Timer
}

var idle = sync.Pool{New: func() any {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &pending{came: make(chan resultBody, 1), timer: timer}
}}

func (c *Client) begin() *pending {
	p := idle.Get().(*pending)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	p.number, p.sent = c.last, 0
	c.open = append(c.open, p.number)
	c.wait[p.number] = p
	return p
}

func (c *Client) end(p *pending) {
	c.mu.Lock()
	delete(c.wait, p.number) // from here on nothing arrives for it
	if at, found := slices.BinarySearch(c.open, p.number); found {
		c.open = slices.Delete(c.open, at, at+1)
	}
	c.mu.Unlock()
	select {
	case <-p.came: // of a copy
	default:
	}
	idle.Put(p)
}

// mark returns up to where all calls are over, and whether only one is under way.
func (c *Client) mark() (mark uint64, alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[0] - 1, len(c.open) == 1 // the caller's own is open
}

// arrived hands a result to who waits for it. A second one is dropped.
func (c *Client) arrived(r resultBody) {
	if c.hand != nil {
		c.hand(r)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.wait[r.Number]; p != nil {
		select {
		case p.came <- r:
		default:
		}
	}
}
