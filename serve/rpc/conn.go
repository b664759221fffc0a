package rpc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// conn is a client's connection, on the server's side. Its reader is a goroutine,
// its writer another; open is the desk's.
type conn struct {
	door   *Door
	conn   net.Conn
	out    *outbox
	client node.Addr // as the server's tables know it

	came callBody // the reader's

	open map[uint64]bool // numbers of calls that the server has
}

// converse serves a connection until it ends.
func (c *conn) converse() {
	go c.out.write()
	s := newStream(c.conn, c.door.cfg.MaxFrame, c.door.cfg.Patience)
	err := c.meet(s)
	for err == nil {
		err = c.read(s)
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		c.out.close()
	} else {
		c.door.cfg.Logger.Info("connection refused", "from", c.conn.RemoteAddr(), "client", c.client, "reason", err)
		c.out.finish(refusalBody{err.Error()})
	}
	c.door.desk.leave(c)
}

// meet learns who calls.
func (c *conn) meet(s *stream) error {
	if err := c.conn.SetReadDeadline(time.Now().Add(c.door.cfg.Patience)); err != nil {
		return err
	}
	k, body, err := s.next()
	if err != nil {
		return fmt.Errorf("waited for hello: %w", err)
	}
	var h helloBody
	if err := wire.UnmarshalBody(body, &h); k != hello || err != nil {
		return errors.New("the first frame is no hello")
	}
	if h.Version != version || h.Name == "" || len(h.Name) > maxName {
		return fmt.Errorf("hello has version %d and a name of %d bytes, want version %d and 1 to %d", h.Version, len(h.Name), version, maxName)
	}
	c.client = node.Addr(c.certified() + h.Name)
	cfg := &c.door.cfg
	if err := c.conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	c.door.desk.enter(c)
	return add(c.out, welcomeBody{uint64(cfg.MaxFrame), uint64(cfg.MaxCalls)})
}

// maxName is how long a client's name may be.
const maxName = 256

// certified returns the name that a certificate proves, with a slash.
func (c *conn) certified() string {
	t, ok := c.conn.(*tls.Conn)
	if !ok {
		return "/" // no certificate names that: it cannot be mistaken for one
	}
	chains := t.ConnectionState().VerifiedChains
	if len(chains) == 0 || len(chains[0][0].DNSNames) == 0 {
		return "/"
	}
	return chains[0][0].DNSNames[0] + "/"
}

// read takes all calls that have come and hands them on.
func (c *conn) read(s *stream) error {
	var batch []rpc.Request // its elements are handed on by address, so it never grows
	for {
		k, body, err := s.next()
		if err != nil {
			return err
		}
		if k == bye {
			if err := c.door.desk.take(c, batch); err != nil {
				return err
			}
			c.door.desk.bye(c)
			return io.EOF
		}
		if k != call {
			return fmt.Errorf("a client does not send frames of kind %d", k)
		}
		b := &c.came
		*b = callBody{}
		if err := wire.UnmarshalBodyAlias(body, b); err != nil {
			return fmt.Errorf("a call that does not decode: %w", err)
		}
		if batch == nil {
			batch = make([]rpc.Request, 0, s.batch())
		}
		batch = append(batch, rpc.Request{
			ID: rpc.XID{Client: c.client, Number: b.Number}, Mark: b.Mark, Method: b.Method, Args: b.Args,
		})
		if len(batch) == cap(batch) || !s.ready() {
			return c.door.desk.take(c, batch)
		}
	}
}

// maxBatch is how many calls are handed on at a time.
const maxBatch = 64

// batch guesses how many calls have come already, this one included.
func (s *stream) batch() int {
	const least = 32 // bytes of a call, or nearly so
	return min(1+s.r.Buffered()/least, maxBatch)
}

// reply sends a result. A client that does not read loses its connection. If it waits
// for nothing else, nothing could share the write.
func (c *conn) reply(number uint64, status rpc.Status, text []byte, last bool) {
	if len(text) > c.door.cfg.MaxFrame-resultOverhead {
		status, text = rpc.Failed, fmt.Appendf(nil, "it ran; its result has %d bytes and does not fit a frame of %d", len(text), c.door.cfg.MaxFrame)
	}
	send := add[resultBody]
	if last {
		send = soon[resultBody]
	}
	if send(c.out, resultBody{number, uint32(status), text}) != nil {
		c.out.close()
		_ = c.conn.SetDeadline(time.Now()) // ends reader and writer; closing could wait
	}
}

// resultOverhead is what a result frame has besides the result: 32 bytes suffice.
const resultOverhead = 32
