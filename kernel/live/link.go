package live

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// link is a connection that has been through the handshake. One goroutine reads
// it; several may write.
type link struct {
	host *Host
	name string // of the other host, as proved
	conn net.Conn
	in   *frames
	from addresses
	peer *peer // for counting; set before read

	dialled string // the address, if it was us who dialled

	// inbox collects the messages for one service that were read without
	// waiting: one lock and one wake-up for all. Owner: the reader.
	inbox   []event
	service string
	size    int

	attention *attention
	writing   sync.Mutex

	arrivals, out *flight // what is under way to us and from us; nil without a tracer
}

func newLink(h *Host, conn net.Conn, limit int) *link {
	a := &attention{conn: conn}
	return &link{host: h, conn: conn, attention: a, in: newFrames(a, limit)}
}

// attention is the reading end of a connection. It gives up on a peer that
// shows no sign of life, and gives signs of its own while it reads: whoever
// sends a large message over a slow line has no room for pings, and learns from
// them that it gets through.
type attention struct {
	conn    net.Conn
	silence time.Duration // 0 during the handshake, which has one deadline for all
	every   time.Duration // of signs; 0 if the other end does not need them
	sign    func() error
	signed  time.Time
}

func (a *attention) Read(p []byte) (int, error) {
	if a.silence > 0 {
		a.conn.SetReadDeadline(time.Now().Add(a.silence))
	}
	n, err := a.conn.Read(p)
	if err != nil || a.every == 0 {
		return n, err
	}
	if now := time.Now(); now.Sub(a.signed) >= a.every {
		a.signed = now
		err = a.sign()
	}
	return n, err
}

// open ends the handshake. The side that dialled pings, so only the other one
// has to give signs.
func (l *link) open(p *peer) {
	l.peer = p
	l.conn.SetDeadline(time.Time{})
	l.attention.silence = l.host.bounds.Silence
	if l.dialled == "" {
		l.attention.every = l.host.bounds.Ping
		l.attention.sign = func() error { return l.write(endFrame(beginFrame(nil, alive), 0)) }
	}
	l.in.limit = l.host.bounds.Frame
	l.from = addresses{l.name, map[string]node.Addr{}}
	if t := l.host.tracer; t != nil {
		l.arrivals, l.out = t.open(l.conn)
	}
}

func (l *link) close() {
	l.conn.Close()
	if t := l.host.tracer; t != nil {
		t.close(l.conn)
	}
}

// write writes whole frames. That the peer is alive the reader finds out, and
// frees us if it is not; the deadline is for one that lives but never reads. It
// is long because a socket says that it has room only when much of its buffer
// is free, which over a slow line takes its time.
func (l *link) write(frames []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	for len(frames) > 0 {
		piece := frames[:min(len(frames), flushAt)]
		frames = frames[len(piece):]
		l.conn.SetWriteDeadline(time.Now().Add(neverReads * l.host.bounds.Silence))
		if _, err := l.conn.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// neverReads is how many times Bounds.Silence a peer may take nothing.
const neverReads = 10

// read handles frames until the connection ends, and tells why it did.
func (l *link) read() error {
	for {
		if !l.in.ready() {
			l.deliver()
		}
		k, body, err := l.in.next()
		if err != nil {
			return err
		}
		if err := l.frame(k, body); err != nil {
			return err
		}
	}
}

func (l *link) frame(k kind, body []byte) error {
	switch k {
	case messages:
		return l.message(body)
	case ping:
		return l.write(endFrame(append(beginFrame(nil, pong), body...), 0))
	case alive:
		return nil
	case pong:
		if len(body) != pingSize {
			return errFrame
		}
		sent := int64(binary.LittleEndian.Uint64(body))
		l.peer.roundTrip.Store(int64(time.Since(l.host.opened)) - sent)
		return nil
	}
	return fmt.Errorf("%w: kind %d after the handshake", errFrame, k)
}

const pingSize = 8

// pingFrame carries our clock, so that the answer tells the round trip.
func (l *link) pingFrame() []byte {
	b := binary.LittleEndian.AppendUint64(beginFrame(nil, ping), uint64(time.Since(l.host.opened)))
	return endFrame(b, 0)
}

// message decodes on the reader's goroutine. What cannot be decoded is lost,
// like anything in a network; the connection is still sound, and another
// version of the program may be at its other end.
func (l *link) message(body []byte) error {
	to, from, encoded, err := parseMessage(body)
	if err != nil {
		return err
	}
	l.peer.received.Add(1)
	l.peer.receivedBytes.Add(uint64(len(body)))
	send := trace.ID(0)
	if l.arrivals != nil {
		send = l.arrivals.arrives()
	}
	m, err := wire.Unmarshal(encoded)
	if err != nil {
		l.host.undecodable.Add(1)
		l.host.complain(l.name, err, "message dropped", "from", string(l.from.of(from)), "to", string(to))
		return nil
	}
	service, call, _ := bytes.Cut(to, separator)
	if l.service != string(service) || len(l.inbox) >= round {
		l.deliver()
		l.service = string(service)
	}
	l.inbox = append(l.inbox, event{from: l.from.of(from), call: string(call), m: m, cause: send})
	l.size += len(body)
	return nil
}

// separator is what stands before the call in an address.
var separator = []byte("#")

// deliver passes the collected messages to their loop.
func (l *link) deliver() {
	if len(l.inbox) == 0 {
		return
	}
	l.host.deliver(l.service, l.inbox, l.size)
	clear(l.inbox)
	l.inbox, l.size = l.inbox[:0], 0
}
