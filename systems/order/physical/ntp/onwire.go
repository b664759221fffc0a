package ntp

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/systems/order/physical"
)

// Reasons why a packet is not used (section 9.2).
var (
	ErrDuplicate      = errors.New("a duplicate")
	ErrBogus          = errors.New("it answers no open request")
	ErrInvalid        = errors.New("timestamps are missing")
	ErrUnsynchronized = errors.New("the server is not synchronized")
	ErrKiss           = errors.New("kiss-o'-death")
	ErrMode           = errors.New("not a server's packet")
)

// Receive handles a packet that came from a source. The error says why it was not
// used; nothing was changed then, but for the pace of asking.
func (d *Daemon) Receive(elapsed time.Duration, source int, b []byte) error {
	p, err := Decode(b)
	if err != nil {
		return err
	}
	a := d.associations[source]
	if err := a.check(&p); err != nil {
		return fmt.Errorf("ntp: packet of %s: %w", d.cfg.Sources[source].Name, err)
	}
	a.sent = 0
	if p.Stratum == 0 {
		return d.kissed(a, &p)
	}
	if err := a.believe(&p); err != nil {
		return fmt.Errorf("ntp: packet of %s: %w", d.cfg.Sources[source].Name, err)
	}
	if a.reach == 0 && a.burst == 0 {
		a.burst, a.next = d.cfg.Burst-1, elapsed+burstInterval // it is back, and what was known of it is old
	}
	a.reach |= 1
	latest := a.sample(&p, d.Now(elapsed), d.cfg.Precision)
	latest.At = elapsed
	a.filter.add(latest)
	if d.cfg.Sampled != nil {
		d.cfg.Sampled(source, latest, a.filter.shortest())
	}
	d.measured(elapsed, a)
	return nil
}

// check is the on-wire protocol (section 8): tests 1 to 3.
func (a *association) check(p *Packet) error {
	switch {
	case p.Mode != Server:
		return ErrMode
	case p.Transmit == 0 || p.Receive == 0 && p.Stratum != 0:
		return ErrInvalid
	case p.Transmit == a.received:
		return ErrDuplicate
	case a.sent == 0 || p.Origin != a.sent:
		return ErrBogus
	}
	a.received = p.Transmit
	return nil
}

// believe takes over what the server says of itself: tests 6 and 7.
func (a *association) believe(p *Packet) error {
	a.leap, a.stratum, a.reference = p.Leap, p.Stratum, p.ReferenceID
	a.rootDelay, a.rootDispersion = p.RootDelay.Seconds(), p.RootDispersion.Seconds()
	if p.Leap == Unsynchronized || p.Stratum >= MaxStratum ||
		p.Reference != 0 && p.Transmit.before(p.Reference) ||
		a.rootDelay/2+a.rootDispersion >= MaxDispersion {
		a.leap = Unsynchronized
		return ErrUnsynchronized
	}
	return nil
}

// sample makes one of an answer that came at t4, by our clock. Its dispersion is the
// readings' error: both precisions, and how far the clocks may drift apart in
// between.
func (a *association) sample(p *Packet, t4 time.Time, precision int8) Sample {
	e := physical.Exchange{T1: a.asked, T2: p.Receive.Time(t4), T3: p.Transmit.Time(t4), T4: t4}
	return Sample{
		Offset: seconds(e.Offset()), Delay: max(seconds(e.Delay()), exp2(precision)),
		Dispersion: min(exp2(precision)+exp2(p.Precision)+Phi*seconds(e.T4.Sub(e.T1)), MaxDispersion),
	}
}

// kissed obeys a kiss-o'-death (section 7.4).
func (d *Daemon) kissed(a *association, p *Packet) error {
	switch code := p.ReferenceID.String(); code {
	case "DENY", "RSTR":
		a.denied = true
	case "RATE":
		a.minPoll = min(a.minPoll+1, d.cfg.MaxPoll)
		a.poll, a.burst = max(a.poll, a.minPoll), 0
	default: // INIT and the like: the server has no time yet, or no longer
		a.leap, a.stratum = Unsynchronized, MaxStratum
	}
	return fmt.Errorf("%w %s", ErrKiss, p.ReferenceID)
}

// exp2 returns 2 to the power of n, for n above -64.
func exp2(n int8) float64 {
	if n < 0 {
		return 1 / float64(uint64(1)<<min(-int(n), 63))
	}
	return float64(uint64(1) << min(n, 62))
}
