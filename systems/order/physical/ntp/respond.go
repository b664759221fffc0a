package ntp

import (
	"errors"
	"time"
)

// ErrIgnored says that a packet is not a client's request.
var ErrIgnored = errors.New("ntp: not a client's request")

// Respond answers a request that arrived when the oscillator read arrived, and
// whose answer leaves now. A client that asks too often gets a kiss-o'-death, or
// no answer. The error says why there is none.
func (d *Daemon) Respond(arrived, now time.Duration, client string, request []byte) ([]byte, error) {
	p, err := Decode(request)
	if err != nil {
		return nil, err
	}
	if p.Mode != Client && !(p.Mode == 0 && p.Version == 1) {
		return nil, ErrIgnored
	}
	answer := Packet{
		Version: p.Version, Mode: Server, Poll: p.Poll, Precision: d.cfg.Precision,
		Origin: p.Transmit, Receive: TimestampOf(d.Now(arrived)), Transmit: TimestampOf(d.Now(now)),
	}
	switch d.limits.admit(client, now) {
	case tooMany:
		return nil, ErrIgnored
	case kiss:
		answer.Leap, answer.ReferenceID = Unsynchronized, RefIDOf("RATE")
		return answer.Append(nil), nil
	}
	d.describe(&answer, now)
	return answer.Append(nil), nil
}

// describe fills in what the daemon says of its clock.
func (d *Daemon) describe(p *Packet, now time.Duration) {
	p.Leap, p.Stratum = d.sys.leap, d.sys.stratum
	if d.sys.stratum >= MaxStratum {
		p.Leap, p.Stratum, p.ReferenceID = Unsynchronized, 0, RefIDOf("INIT")
		return
	}
	p.ReferenceID = d.sys.reference
	p.RootDelay, p.RootDispersion = ShortOf(d.sys.rootDelay), ShortOf(d.rootDispersion(now))
	p.Reference = TimestampOf(d.clock.Now(now).Add(d.sys.set - now))
}

// limits is how often each client may ask: a bucket of burst requests that fills
// by one an interval. It remembers a bounded number of clients.
type limits struct {
	interval time.Duration // 0: no limit
	clients  map[string]*bucket
	order    []string // by first request: the oldest is forgotten first
}

type bucket struct {
	full   time.Duration // when it will be full
	kissed bool          // and no request since was within the limit
}

const (
	burst      = 8
	maxClients = 4096
)

type admission uint8

const (
	admitted admission = iota
	kiss
	tooMany
)

// admit counts a request. The first beyond the limit is kissed, further ones get
// nothing.
func (l *limits) admit(client string, now time.Duration) admission {
	if l.interval == 0 {
		return admitted
	}
	b := l.bucket(client, now)
	if b.full-now > (burst-1)*l.interval {
		if b.kissed {
			return tooMany
		}
		b.kissed = true
		return kiss
	}
	b.full, b.kissed = max(b.full, now)+l.interval, false
	return admitted
}

func (l *limits) bucket(client string, now time.Duration) *bucket {
	if b, ok := l.clients[client]; ok {
		return b
	}
	if len(l.order) >= maxClients {
		delete(l.clients, l.order[0])
		l.order = l.order[1:]
	}
	b := &bucket{full: now}
	l.clients[client] = b
	l.order = append(l.order, client)
	return b
}
