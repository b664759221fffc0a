package ntp

import (
	"slices"
	"time"
)

// system is what the daemon knows of its own clock, and tells its clients
// (section 11.1).
type system struct {
	leap           Leap
	stratum        uint8
	reference      RefID
	rootDelay      float64
	rootDispersion float64 // when set; it grows since
	set            time.Duration
	jitter         float64
	peer           *association // who is followed, or nil
}

// measured handles a new sample of a server: the clock filter, and if that gives
// something new, the selection and all that follows.
func (d *Daemon) measured(now time.Duration, a *association) {
	best, fresh := a.filter.best()
	a.jitter = a.filter.jitter(exp2(d.cfg.Precision))
	if fresh {
		a.now = best
	}
	if a.burst > 0 {
		return // with few samples a liar's interval is as wide as the others' (appendix A.5.2)
	}
	d.selectPeer(now) // what the server says of itself may have changed in any case
	switch {
	case d.sys.peer == nil:
	case d.sys.peer.now.At > d.corrected:
		d.correct(now) // others' samples count when the system peer's is new
	case d.sys.peer == a && d.loop.state != notSet:
		d.claim(a) // the filter may use no sample for eight polls; clients are not to wait for it
	}
}

// selectPeer decides anew whom to follow.
func (d *Daemon) selectPeer(now time.Duration) {
	all := d.candidates(now)
	//parley:rule timesync.ntp.server-selection value=all
	honest := truechimers(all)
	d.survivors = cluster(honest)
	d.judge(all, honest)
	if len(d.survivors) == 0 || d.loop.state == notSet && !d.quorate(now) {
		d.sys.peer = nil
		return
	}
	keep := slices.ContainsFunc(d.survivors, func(c candidate) bool {
		return c.a == d.sys.peer && c.a.stratum == d.survivors[0].a.stratum
	})
	if keep {
		return // no hopping between equals
	}
	d.sys.peer = d.survivors[0].a
	if d.loop.state != notSet { // else there is nothing to tell yet
		d.publish(now, d.loop.offset, d.sys.jitter)
	}
}

// patience is how long the first correction waits for a majority.
const patience = 30 * time.Second

// quorate tells whether a first correction may be made: by a majority of all
// sources, so that the one that answers first does not decide, or after a while by
// those that there are.
func (d *Daemon) quorate(now time.Duration) bool {
	return 2*len(d.survivors) > len(d.associations) || now-d.born > patience
}

// correct disciplines the clock by the survivors' average, and tells of whom.
func (d *Daemon) correct(now time.Duration) {
	offset, jitter := combine(d.survivors)
	d.corrected = d.sys.peer.now.At
	switch d.loop.update(d.sys.peer.now.At, offset, d.cfg.MinPoll, d.cfg.MaxPoll) {
	case panicked:
		d.panicked = true
	case stepped:
		d.step(now, offset)
		d.publish(now, 0, jitter)
	case slewed:
		d.publish(now, offset, jitter)
	case ignored:
		if d.loop.state == frequency {
			d.publish(now, offset, jitter)
		}
	}
}

// step corrects the clock at once. Samples are of servers' clocks against ours: they
// change by as much, and stay as good as they were.
func (d *Daemon) step(now time.Duration, offset float64) {
	d.clock.Step(now, duration(offset))
	d.Steps++
	for _, a := range d.associations {
		a.filter.shift(offset)
		a.now.Offset -= offset
		a.asked = a.asked.Add(duration(offset))
	}
}

// publish takes over the system peer's variables as ours, with what the way to it
// adds.
func (d *Daemon) publish(now time.Duration, offset, jitter float64) {
	p := d.sys.peer
	d.claim(p)
	d.sys.set, d.sys.jitter = now, jitter
	d.sys.rootDelay = p.rootDelay + p.now.Delay
	d.sys.rootDispersion = p.rootDispersion + max(minDispersion, p.filter.dispersion(now)+jitter+abs(offset))
}

// claim takes a place below the server that is followed (I4).
func (d *Daemon) claim(p *association) {
	d.sys.leap, d.sys.reference = p.leap, p.id
	//parley:rule timesync.ntp.strata value=2
	d.sys.stratum = p.stratum + 1
}

// expire notes that nobody was followed for so long that the clock is nobody's.
func (d *Daemon) expire(now time.Duration) {
	if d.cfg.Reference == "" && d.sys.stratum < MaxStratum && d.rootDispersion(now) >= MaxDispersion {
		d.sys = system{leap: Unsynchronized, stratum: MaxStratum}
	}
}

func (d *Daemon) rootDispersion(now time.Duration) float64 {
	if d.cfg.Reference != "" {
		return d.sys.rootDispersion // the reference clock is read all the time
	}
	rate := Phi
	if !d.loop.learnt() {
		rate = maxFrequency // nobody has measured the oscillator: it may be the worst that can be corrected
	}
	return d.sys.rootDispersion + rate*seconds(now-d.sys.set)
}

func abs(x float64) float64 { return max(x, -x) }
