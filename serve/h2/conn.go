package h2

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	initialWindow = 65535    // of both sides, until something else is said (RFC 9113, 6.9.2)
	maxFrame      = 16384    // that we read, and that we write
	tableSize     = 4096     // of both header compressors
	maxBuffered   = 64 << 20 // bytes of messages that have not arrived whole, or wait for a handler
)

// conn is a client's connection.
type conn struct {
	server *Server
	net    net.Conn
	tls    *tls.ConnectionState // nil in the clear

	// The reader's own.
	framer *http2.Framer
	header headerReader
	last   uint32 // highest stream that the client opened

	heard atomic.Bool // since the keeper looked last

	mu       sync.Mutex
	ctx      context.Context // made when the first handler wants one
	cancel   context.CancelCauseFunc
	streams  map[uint32]*stream
	working  int   // calls whose handler has not ended, their streams being open or not
	buffered int   // bytes in all streams' received
	credit   int64 // that the client may still send, on all streams
	owed     int64 // received and not yet granted again
	out      outbox
	pings    pings
}

func newConn(s *Server, accepted net.Conn) *conn {
	c := &conn{server: s, net: accepted, streams: map[uint32]*stream{}, credit: 4 * int64(s.options.Window)}
	c.out.init(&c.mu)
	return c
}

// serve returns when the connection is closed. Handlers may run a little longer.
func (c *conn) serve() {
	defer c.net.Close()
	if err := c.greet(); err != nil {
		return // not a client of ours: there is nobody to tell
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	keeper := c.keep()
	defer keeper.Stop()
	c.depart(c.read())
	<-written
}

// greet shakes hands, and sends our settings.
func (c *conn) greet() error {
	if err := c.net.SetDeadline(time.Now().Add(c.server.options.Greeting)); err != nil {
		return err
	}
	if c.server.options.TLS != nil {
		secure := tls.Server(c.net, c.server.options.TLS)
		if err := secure.Handshake(); err != nil {
			return err
		}
		state := secure.ConnectionState()
		if state.NegotiatedProtocol != "h2" {
			return errors.New("the client does not speak HTTP/2")
		}
		c.setConn(secure, &state)
	}
	in := bufio.NewReaderSize(c.net, 32<<10)
	var preface [len(http2.ClientPreface)]byte
	if _, err := io.ReadFull(in, preface[:]); err != nil {
		return err
	}
	if string(preface[:]) != http2.ClientPreface {
		return errors.New("the client does not speak HTTP/2")
	}
	c.prepare(in)
	return c.welcome()
}

func (c *conn) setConn(secure net.Conn, state *tls.ConnectionState) {
	c.mu.Lock() // cut may look at the same time
	defer c.mu.Unlock()
	c.net, c.tls = secure, state
}

func (c *conn) prepare(in io.Reader) {
	c.framer = http2.NewFramer(&c.out, in)
	c.framer.SetReuseFrames()
	c.framer.SetMaxReadFrameSize(maxFrame)
	c.header.decoder = hpack.NewDecoder(tableSize, c.header.into.field)
}

// welcome says what we allow, and takes the client's settings, which come first.
func (c *conn) welcome() error {
	o := c.server.options
	c.mu.Lock()
	err := c.framer.WriteSettings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: o.MaxStreams},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: o.Window},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: maxHeaderList},
	)
	if err == nil {
		err = c.framer.WriteWindowUpdate(0, uint32(c.credit)-initialWindow)
	}
	hello := c.out.take()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if _, err := c.net.Write(hello); err != nil {
		return err
	}
	f, err := c.framer.ReadFrame()
	if err != nil {
		return err
	}
	settings, is := f.(*http2.SettingsFrame)
	if !is || settings.IsAck() {
		return fmt.Errorf("the client's first frame is %v, not its settings", f.Header().Type)
	}
	if err := c.onSettings(settings); err != nil {
		return err
	}
	return c.net.SetDeadline(time.Time{})
}

// depart ends every call, and the connection once what is in the outbox has left or
// the client has been given a second to read it.
func (c *conn) depart(reason error) {
	c.mu.Lock()
	var wrong http2.ConnectionError
	if errors.As(reason, &wrong) {
		c.goAway(http2.ErrCode(wrong))
	}
	c.end()
	_ = c.net.SetWriteDeadline(time.Now().Add(time.Second)) // the connection may be gone: then writing fails as well
	c.mu.Unlock()
}

// cut closes the connection at once.
func (c *conn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	_ = c.net.Close() // the reader sees that, and the writer
}

// end lets nothing more into the outbox. c.mu is held.
func (c *conn) end() {
	if c.out.closed {
		return
	}
	for _, s := range c.streams {
		s.drop(errGone)
	}
	if c.cancel != nil {
		c.cancel(errGone)
	}
	c.out.close()
}

// goAway says that the client broke a rule, and which. c.mu is held.
func (c *conn) goAway(code http2.ErrCode) {
	_ = c.framer.WriteGoAway(c.last, code, nil) // into the outbox, which takes everything
	c.out.wake()
}

// context returns what handlers' contexts descend from. c.mu is held.
func (c *conn) context() context.Context {
	if c.ctx == nil {
		c.ctx, c.cancel = context.WithCancelCause(c.described(context.Background()))
	}
	return c.ctx
}
