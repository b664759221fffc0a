package ntp

import (
	"time"

	"github.com/parleysystems/parley/systems/order/physical"
)

// Status is what a daemon says of itself.
type Status struct {
	Stratum   uint8
	Leap      Leap
	Reference RefID
	Peer      string        // the source that is followed, or ""
	Offset    time.Duration // of the clock, not yet absorbed
	Frequency physical.PPB  // correction of the oscillator
	Learnt    bool          // the frequency was measured, or known before
	Jitter    time.Duration
	// RootDelay and RootDispersion are to the reference clock. The true time lies
	// within Distance of the clock's, if everybody on the way tells the truth.
	RootDelay, RootDispersion, Distance time.Duration
	Poll                                time.Duration
	Steps                               int
	Sources                             []SourceStatus
}

// SourceStatus is what a daemon thinks of a source.
type SourceStatus struct {
	Name          string
	Stratum       uint8
	Reference     RefID
	Reach         uint8 // of the latest eight polls, bit by bit
	Offset, Delay time.Duration
	Jitter        time.Duration
	Distance      time.Duration // how far its clock, as measured, may be from the true time
	Verdict       Verdict
}

// Status returns the daemon's present state.
func (d *Daemon) Status(elapsed time.Duration) Status {
	s := Status{
		Stratum: d.sys.stratum, Leap: d.sys.leap, Reference: d.sys.reference,
		Offset: duration(d.loop.offset), Jitter: duration(d.sys.jitter),
		Frequency: d.clock.Frequency(), Learnt: d.loop.learnt(),
		RootDelay: duration(d.sys.rootDelay), RootDispersion: duration(d.rootDispersion(elapsed)),
		Poll: time.Duration(int64(1)<<d.loop.poll) * time.Second, Steps: d.Steps,
	}
	s.Distance = s.RootDelay/2 + s.RootDispersion
	for i, a := range d.associations {
		if a == d.sys.peer {
			s.Peer = d.cfg.Sources[i].Name
		}
		s.Sources = append(s.Sources, SourceStatus{
			Name: d.cfg.Sources[i].Name, Stratum: a.stratum, Reference: a.reference, Reach: a.reach,
			Offset: duration(a.now.Offset), Delay: duration(a.now.Delay), Jitter: duration(a.jitter),
			Distance: duration(a.distance(elapsed)), Verdict: d.verdict(a),
		})
	}
	return s
}
