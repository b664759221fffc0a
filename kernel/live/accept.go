package live

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// errClosed is what reading our own closed connection gives.
var errClosed = net.ErrClosed

// strangers is the number of connections that may be in their handshake at
// once; more are closed at sight.
const strangers = 128

// accept lets connections in until the listener is closed.
func (h *Host) accept() {
	slots := make(chan struct{}, strangers)
	for {
		conn, err := h.listener.Accept()
		switch {
		case h.stopped():
			if err == nil {
				conn.Close()
			}
			return
		case err != nil:
			h.complain("", err, "accept failed") // out of descriptors, most likely
			h.nap(h.bounds.BackoffMax)
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			h.refuse(conn, errors.New("too many connections in their handshake"))
			continue
		}
		if !h.spawn(func() { h.meet(conn, func() { <-slots }) }) {
			conn.Close()
			return
		}
	}
}

// nap pauses, but not beyond a stop.
func (h *Host) nap(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.done:
	}
}

// meet shakes hands with whoever connected and listens to it from then on.
func (h *Host) meet(conn net.Conn, known func()) {
	stop := context.AfterFunc(h.ctx, func() { conn.Close() })
	defer stop()
	l, err := h.receive(h.ctx, conn)
	known()
	if err != nil {
		h.refuse(conn, err)
		return
	}
	p, err := h.partner(l.name)
	if err != nil {
		answer(l.conn, refusal, err.Error())
		h.refuse(conn, err)
		return
	}
	if p.guest {
		answer(l.conn, welcome, "")
		h.entertain(p, l)
		return
	}
	h.listen(p, l)
}

func (h *Host) refuse(conn net.Conn, err error) {
	conn.Close()
	if h.stopped() {
		return
	}
	h.refused.Add(1)
	from := conn.RemoteAddr().String()
	who, _, _ := net.SplitHostPort(from) // the port is another each time
	h.complain(who, err, "connection refused", "from", from)
}

// listen hears a peer that we dial ourselves. Its latest connection is the one
// that counts: it is entered before the peer is welcomed, who may make another
// as soon as it is.
func (h *Host) listen(p *peer, l *link) {
	old, ok := p.hear(l)
	if !ok {
		l.close()
		return
	}
	if old != nil {
		old.close()
	}
	answer(l.conn, welcome, "")
	l.open(p)
	err := l.read()
	l.close()
	if err != io.EOF && !errors.Is(err, errClosed) && !h.stopped() {
		h.log.Warn("connection from peer broke", "peer", p.name, "error", err)
	}
}

// hear replaces the connection that the peer made.
func (p *peer) hear(l *link) (old *link, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed {
		return nil, false
	}
	old, p.in = p.in, l
	return old, true
}

// entertain serves a guest on its one connection.
func (h *Host) entertain(p *peer, l *link) {
	err := p.converse(l)
	h.log.Info("guest left", "peer", p.name, "error", err)
	h.forget(p)
}
