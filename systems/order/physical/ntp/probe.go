package ntp

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Reading is what one answer of a server shows.
type Reading struct {
	Leap      Leap
	Stratum   uint8
	Reference RefID
	// Offset is how far the server's clock is ahead of the one that the probe goes by,
	// and Delay the round trip.
	Offset, Delay time.Duration
	// RootDelay and RootDispersion are the server's, to its reference clock.
	RootDelay, RootDispersion time.Duration
	// Distance bounds the error of Offset against the true time: half of both round
	// trips, and both dispersions. It is true if the server's own word is.
	Distance time.Duration
}

// Probe is a question to one server, without a daemon: what the time is there, and
// how well it is known.
type Probe struct{ a association }

// clockPrecision is that of reading a clock, 2^-20 s, if nobody says better.
const clockPrecision = -20

// Ask returns a question that leaves now, by the asker's clock.
func Ask(now time.Time, random *rand.Rand) (*Probe, []byte) {
	p := &Probe{}
	return p, p.a.request(now, random)
}

// Answer reads what came at now, by the same clock. The error says why it is not
// an answer; if it is ErrKiss or ErrUnsynchronized it is one, but tells no time, and
// otherwise a good one may follow.
func (p *Probe) Answer(now time.Time, b []byte) (Reading, error) {
	packet, err := Decode(b)
	if err != nil {
		return Reading{}, err
	}
	if err := p.a.check(&packet); err != nil {
		return Reading{}, fmt.Errorf("ntp: %w", err)
	}
	p.a.sent = 0
	if packet.Stratum == 0 {
		return Reading{}, fmt.Errorf("ntp: %w %s", ErrKiss, packet.ReferenceID)
	}
	if err := p.a.believe(&packet); err != nil {
		return Reading{}, fmt.Errorf("ntp: %w", err)
	}
	s := p.a.sample(&packet, now, clockPrecision)
	return Reading{
		Leap: packet.Leap, Stratum: packet.Stratum, Reference: packet.ReferenceID,
		Offset: duration(s.Offset), Delay: duration(s.Delay),
		RootDelay: duration(p.a.rootDelay), RootDispersion: duration(p.a.rootDispersion),
		Distance: duration((p.a.rootDelay+s.Delay)/2 + p.a.rootDispersion + s.Dispersion),
	}, nil
}
