package live

import (
	"net"
	"sync"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Observer is told of everything that happens on some hosts, and gives each
// event its number. It is called from many goroutines, on the hosts' loops, and
// so must not wait. A *trace.Tape is one.
type Observer interface {
	Record(e trace.Event) trace.ID
}

// Tracer tells an observer what happens on the hosts that share it, each event
// with its cause. Hosts of other processes, and hosts without it, are seen as
// far as they are spoken to: what they send is received without a cause.
//
// Messages carry no numbers. But those of one connection arrive in the order in
// which they were written, none is left out, and each end knows the addresses
// of both: so the n-th that is read is the n-th that was written.
type Tracer struct {
	to Observer

	mu      sync.Mutex
	flights map[string]*flight  // by connection and direction
	fell    map[string]trace.ID // by host: how it ended last
}

// NewTracer returns a tracer for Config.Tracer of any number of hosts.
func NewTracer(to Observer) *Tracer {
	return &Tracer{to: to, flights: map[string]*flight{}, fell: map[string]trace.ID{}}
}

// flight is the messages of one direction of a connection that were written and
// not yet read.
type flight struct {
	mu    sync.Mutex
	sends []trace.ID
	first uint64 // number of sends[0]
	read  uint64
}

// maxFlight bounds what is remembered of a reader that does not share the
// tracer.
const maxFlight = 16 << 10

func (f *flight) departs(send trace.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.sends) == maxFlight {
		half := copy(f.sends, f.sends[maxFlight/2:])
		f.sends, f.first = f.sends[:half], f.first+maxFlight/2
	}
	f.sends = append(f.sends, send)
}

// arrives returns the Send of the next message, or zero if it is not known.
func (f *flight) arrives() (send trace.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.read
	f.read++
	if n < f.first || n >= f.first+uint64(len(f.sends)) {
		return 0
	}
	send = f.sends[n-f.first]
	f.sends, f.first = f.sends[n-f.first+1:], n+1
	return send
}

// open finds the two directions of a connection, as seen from its end conn.
func (t *Tracer) open(conn net.Conn) (in, out *flight) {
	here, there := conn.LocalAddr().String(), conn.RemoteAddr().String()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flight(there + ">" + here), t.flight(here + ">" + there)
}

// flight needs t.mu.
func (t *Tracer) flight(key string) *flight {
	f := t.flights[key]
	if f == nil {
		f = &flight{}
		t.flights[key] = f
	}
	return f
}

// close forgets a connection. The other end may go on with what it has found.
func (t *Tracer) close(conn net.Conn) {
	here, there := conn.LocalAddr().String(), conn.RemoteAddr().String()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.flights, there+">"+here)
	delete(t.flights, here+">"+there)
}

// rises records that a host that was there before is back.
func (t *Tracer) rises(host string) trace.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	fell, before := t.fell[host]
	if !before {
		return 0
	}
	return t.to.Record(trace.Event{Kind: trace.Restart, Place: node.Addr(host), Cause: fell})
}

// falls records that a host has stopped: by itself if there is an error.
func (t *Tracer) falls(host string, err error) {
	e := trace.Event{Kind: trace.Crash, Place: node.Addr(host)}
	if err != nil {
		e.Kind, e.What = trace.Halt, err.Error()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fell[host] = t.to.Record(e)
}

// drops records messages that will not arrive.
func (h *Host) drops(ms []message, why string) {
	if h.tracer == nil {
		return
	}
	for i := range ms {
		m := &ms[i]
		h.tracer.to.Record(trace.Event{Kind: trace.Drop, Place: m.from.Node(), Peer: m.to, What: why, Cause: m.cause})
	}
}
