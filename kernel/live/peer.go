package live

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

// peer is what waits to be sent to another host, and the goroutine that sends
// it. A peer that is dialled keeps trying for ever; a guest, which dialled us
// and has no address, lives as long as its connection.
//
// Messages do not wait for a host that cannot be reached: a failed attempt
// drops the queue, so that who comes back is not met by what was meant for its
// past.
type peer struct {
	host  *Host
	name  string
	guest bool
	wake  chan struct{} // capacity 1
	done  chan struct{} // closed by remove

	mu        sync.Mutex
	address   string
	queue     []message
	bytes     int // of the measured messages in queue
	removed   bool
	out, in   *link // connections dialled by us and by them
	state     PeerState
	lastError string

	connects, dropped       atomic.Uint64
	sent, sentBytes         atomic.Uint64
	received, receivedBytes atomic.Uint64
	roundTrip               atomic.Int64
}

func newPeer(h *Host, name, address string) *peer {
	return &peer{
		host: h, name: name, address: address, guest: address == "", state: Connecting,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// unmeasured is the length of the queue up to which nobody computes the sizes
// of messages: while the peer keeps up they do not matter.
const unmeasured = 64

// send queues messages, or drops what exceeds the bounds.
func (p *peer) send(ms []message) {
	p.mu.Lock()
	dropped := 0
	for i := range ms {
		if !p.room(&ms[i]) {
			dropped++
			p.host.drops(ms[i:i+1], "queue full")
			continue
		}
		p.queue = append(p.queue, ms[i])
	}
	p.mu.Unlock()
	if dropped > 0 {
		p.dropped.Add(uint64(dropped))
	}
	poke(p.wake)
}

// room makes room for m if there is any.
func (p *peer) room(m *message) bool {
	if len(p.queue) >= p.host.bounds.PeerMessages || p.removed {
		return false
	}
	if len(p.queue) < unmeasured {
		return true
	}
	size := wire.Size(m.m)
	if p.bytes+size > p.host.bounds.PeerBytes {
		return false
	}
	p.bytes += size
	return true
}

func (p *peer) take(spare []message) []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.queue
	p.queue, p.bytes = spare[:0], 0
	return taken
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run keeps a connection to the peer.
func (p *peer) run() {
	pause := p.host.bounds.BackoffMin
	for p.host.ctx.Err() == nil && !p.isRemoved() {
		l, err := p.dial()
		if err == nil {
			pause = p.host.bounds.BackoffMin
			err = p.converse(l)
		}
		p.lost(err)
		p.wait(pause)
		pause = min(2*pause, p.host.bounds.BackoffMax)
	}
}

// dial connects and shakes hands.
func (p *peer) dial() (*link, error) {
	ctx, cancel := context.WithTimeout(p.host.ctx, p.host.bounds.Dial)
	defer cancel()
	p.mu.Lock()
	p.state = Connecting
	address := p.address
	p.mu.Unlock()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	l, err := p.host.greet(ctx, conn, p.name)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	l.dialled = address
	return l, nil
}

// lost notes why there is no connection. The log hears of each reason once.
func (p *peer) lost(err error) {
	dropped := p.take(nil)
	p.dropped.Add(uint64(len(dropped)))
	p.host.drops(dropped, "no connection")
	reason := "closed"
	if err != nil {
		reason = err.Error()
	}
	p.mu.Lock()
	news := p.lastError != reason && !p.removed
	p.state, p.lastError, p.out = Waiting, reason, nil
	address := p.address
	p.mu.Unlock()
	if news && !p.host.stopped() {
		p.host.log.Warn("no connection to peer", "peer", p.name, "address", address, "error", reason)
	}
}

// wait pauses for half to all of d, so that hosts that lost each other at the
// same time do not meet again at the same time.
func (p *peer) wait(d time.Duration) {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.done:
	case <-p.host.done:
	}
}

func (p *peer) isRemoved() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.removed
}

// move gives the peer another address. An attempt at the old one may be under
// way: adopt will find out.
func (p *peer) move(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.address == address {
		return
	}
	p.address = address
	if p.out != nil {
		p.out.close()
	}
}

// remove ends the peer and its connections.
func (p *peer) remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed {
		return
	}
	p.removed = true
	close(p.done)
	for _, l := range []*link{p.out, p.in} {
		if l != nil {
			l.close()
		}
	}
}

func (p *peer) stats() PeerStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PeerStats{
		Name: p.name, Address: p.address, State: p.state, LastError: p.lastError, Queue: len(p.queue),
		Connects: p.connects.Load(), Dropped: p.dropped.Load(),
		SentMessages: p.sent.Load(), SentBytes: p.sentBytes.Load(),
		ReceivedMessages: p.received.Load(), ReceivedBytes: p.receivedBytes.Load(),
		RoundTrip: time.Duration(p.roundTrip.Load()),
	}
}
