package host

import (
	"net"
	"sync"
)

// tracked is a listener that knows its connections and can cut them all off. A
// gRPC server that is told to stop waits for clients that have connected and
// not yet said a word; this one does not leave it waiting.
type tracked struct {
	net.Listener
	mu     sync.Mutex
	open   map[*trackedConn]struct{}
	closed bool
}

type trackedConn struct {
	net.Conn
	of *tracked
}

func track(l net.Listener) *tracked {
	return &tracked{Listener: l, open: map[*trackedConn]struct{}{}}
}

func (t *tracked) Accept() (net.Conn, error) {
	conn, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &trackedConn{conn, t}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		_ = conn.Close() // nobody is told: the listener is going
		return nil, net.ErrClosed
	}
	t.open[c] = struct{}{}
	return c, nil
}

// cut closes the listener and every connection.
func (t *tracked) cut() {
	_ = t.Listener.Close() // it may be closed already
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for c := range t.open {
		_ = c.Conn.Close()
	}
	clear(t.open)
}

func (c *trackedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
