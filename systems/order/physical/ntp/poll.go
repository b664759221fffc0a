package ntp

import (
	"math/rand/v2"
	"time"
)

// Request is a packet to send to a source.
type Request struct {
	Source int
	Packet []byte
}

// burstInterval is the time between the packets of a burst.
const burstInterval = 2 * time.Second

// polls returns the requests that are due (section 13).
func (d *Daemon) polls(now time.Duration) (due []Request) {
	for i, a := range d.associations {
		if a.denied || now < a.next {
			continue
		}
		if a.burst == 0 || a.reach == 0 {
			d.countPoll(now, a)
		}
		due = append(due, Request{i, d.request(now, a)})
		a.next = now + d.pause(a)
	}
	return due
}

// countPoll shifts the reach register. After three polls without an answer the
// filter learns that a sample is missing.
func (d *Daemon) countPoll(now time.Duration, a *association) {
	a.reach <<= 1
	if a.reach&7 == 0 && len(a.filter.samples) > 0 {
		gone := missing
		gone.At = now
		a.filter.add(gone)
		if a == d.sys.peer {
			d.selectPeer(now)
		}
	}
}

// pause returns the time until the next poll: the system's interval, no less than
// the server asked for, and at random a little less, so that clients that were
// started together do not stay together.
func (d *Daemon) pause(a *association) time.Duration {
	if a.burst > 0 {
		if a.burst--; a.burst > 0 {
			return burstInterval
		}
	}
	a.poll = max(d.loop.poll, a.minPoll)
	whole := time.Duration(int64(1)<<a.poll) * time.Second
	return whole - time.Duration(d.cfg.Random.Int64N(int64(whole)/16))
}

// request makes a client's packet. The answer must repeat its transmit timestamp,
// which servers do not look at: a random number is harder to guess than the time.
func (d *Daemon) request(now time.Duration, a *association) []byte {
	return a.request(d.Now(now), d.cfg.Random)
}

func (a *association) request(now time.Time, random *rand.Rand) []byte {
	a.sent, a.asked = Timestamp(random.Uint64()|1), now
	p := Packet{Version: 4, Mode: Client, Poll: a.poll, Transmit: a.sent}
	return p.Append(nil)
}
