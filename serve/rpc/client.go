package rpc

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
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

	mu      sync.Mutex
	link    *link
	last    uint64     // number of the latest call
	open    []*pending // calls under way, by number
	watch   *time.Timer
	watched bool   // watch will ring
	seen    uint64 // last, when watch rang
	closed  bool
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
	return newClient(c, rand.Text()), nil
}

func newClient(c ClientConfig, name string) *Client {
	client := &Client{cfg: c, name: name}
	client.watch = time.AfterFunc(time.Hour, client.look)
	client.watch.Stop()
	return client
}

// Close ends all calls that are under way, and the connection. If there are none, it lets
// the server forget this client.
func (c *Client) Close() error {
	c.mu.Lock()
	l, over := c.link, len(c.open) == 0 && c.hand == nil
	c.closed = true
	if l != nil && !l.read() {
		l.summon()
	}
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

// rooms is memory for arguments. Of what a large call needed nothing is kept.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

const maxRoom = 64 << 10

func callUpTo[A, R any](ctx context.Context, c *Client, method string, args *A, tries int) (*R, error) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	b, err := wire.AppendBody((*room)[:0], args)
	if cap(b) <= maxRoom {
		*room = b // do copies what it sends
	}
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
		if rpc.Status(r.Status) == rpc.OK {
			return r.Result, nil
		}
		last := try >= tries || ctx.Err() != nil || errors.Is(err, ErrClosed)
		switch {
		case r.Status != 0 && (rpc.Status(r.Status) != rpc.Overloaded || last):
			return nil, &Error{Address: c.cfg.Address, Method: method, Number: p.number, Sent: p.sent, Status: rpc.Status(r.Status), Text: string(r.Result)}
		case last:
		case errors.Is(err, node.ErrTimeout) || c.pause(ctx):
			continue
		default:
			err = errors.Join(ctx.Err(), err)
		}
		return nil, &Error{Address: c.cfg.Address, Method: method, Number: p.number, Sent: p.sent, Err: err}
	}
}

// try sends a call once and waits for its result, or until it is time to send it
// again. A result without a status is none.
func (c *Client) try(ctx context.Context, b *callBody, p *pending) (none resultBody, err error) {
	l, err := c.connect(ctx)
	if err != nil {
		return none, err
	}
	alone, leads, err := c.enlist(p, l, b)
	if err != nil {
		return none, err
	}
	send := add[callBody]
	if alone { // nobody could share the write
		send = now[callBody]
	}
	if err := send(l.out, *b); err != nil {
		if leads {
			c.pass(l)
		}
		return none, err
	}
	p.sent++
	if leads {
		c.lead(ctx, l, p)
	}
	select {
	case o := <-p.came:
		return o.result, o.err
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
