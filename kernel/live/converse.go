package live

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// converse sends what is queued over a new connection until that breaks, which
// its reader or its writer notices first.
func (p *peer) converse(l *link) error {
	if !p.adopt(l) {
		l.close()
		return nil
	}
	stop := context.AfterFunc(p.host.ctx, l.close)
	defer stop()
	reader := make(chan error, 1)
	if !p.host.spawn(func() { reader <- l.read(); l.close() }) {
		l.close()
		return nil
	}
	err := p.write(l, reader)
	l.close()
	return err
}

// adopt makes l the connection that the peer's messages leave by, unless the
// peer has been removed or moved meanwhile.
func (p *peer) adopt(l *link) bool {
	l.open(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed || p.address != l.dialled {
		return false
	}
	p.out, p.state, p.lastError = l, Connected, ""
	p.connects.Add(1)
	p.host.log.Info("connected to peer", "peer", p.name, "at", l.conn.RemoteAddr().String())
	return true
}

// write is the writer's loop. It pings when the line is free: the answers, or
// what the peer says while it reads a long message, are its sign of life.
func (p *peer) write(l *link, reader <-chan error) error {
	ticker := time.NewTicker(p.host.bounds.Ping)
	defer ticker.Stop()
	w := &writer{peer: p, link: l}
	for {
		select {
		case <-p.wake:
			if err := w.drain(); err != nil {
				return cause(l, err, reader)
			}
		case <-ticker.C:
			if err := l.write(l.pingFrame()); err != nil {
				return cause(l, err, reader)
			}
		case err := <-reader:
			return err
		}
	}
}

// cause prefers what the reader saw: a write that fails says only "broken".
func cause(l *link, err error, reader <-chan error) error {
	l.close()
	if seen := <-reader; seen != nil && !errors.Is(seen, errClosed) {
		return seen
	}
	return err
}

// writer encodes the messages of a queue into few large writes.
type writer struct {
	peer  *peer
	link  *link
	batch []message
	buf   []byte
	held  uint64 // messages in buf
}

// flushAt is the number of bytes that are worth a write of their own.
const flushAt = 128 << 10

// drain writes all that is queued.
func (w *writer) drain() error {
	w.batch = w.peer.take(w.batch)
	for i, m := range w.batch {
		w.encode(m)
		if len(w.buf) < flushAt && i < len(w.batch)-1 {
			continue
		}
		if err := w.flush(); err != nil {
			w.peer.dropped.Add(uint64(len(w.batch)-1-i) + w.held)
			return err
		}
	}
	clear(w.batch)
	return nil
}

// encode appends a message, unless it cannot be sent.
func (w *writer) encode(m message) {
	buf, err := appendMessage(w.buf, m, w.peer.host.bounds.Frame)
	w.buf = buf
	if err != nil {
		w.reject(m, err)
		return
	}
	w.held++
	if w.link.out != nil {
		w.link.out.departs(m.cause)
	}
}

// reject gives a message up. One too large is lost with a complaint; one that
// is not registered is a bug of the node, which no resending would mend.
func (w *writer) reject(m message, err error) {
	w.peer.dropped.Add(1)
	if large := (*tooLarge)(nil); errors.As(err, &large) {
		w.peer.host.complain(string(m.to), err, "message dropped", "from", string(m.from), "to", string(m.to))
		return
	}
	w.peer.host.fail(fmt.Errorf("encode message from %s to %s: %w", m.from, m.to, err))
}

func (w *writer) flush() error {
	err := w.link.write(w.buf)
	if err == nil {
		w.peer.sent.Add(w.held)
		w.peer.sentBytes.Add(uint64(len(w.buf)))
		w.held = 0
	}
	if w.buf = w.buf[:0]; cap(w.buf) > largeKept {
		w.buf = nil
	}
	return err
}
