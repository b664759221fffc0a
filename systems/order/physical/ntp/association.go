package ntp

import "time"

// association is what a client knows of one server (section 9.1).
type association struct {
	id RefID // of the server's address, as others show it whom it serves
	us RefID // what the server shows when it follows us; 0: it cannot

	// What its latest acceptable packet said.
	leap           Leap
	stratum        uint8
	reference      RefID
	rootDelay      float64
	rootDispersion float64

	// The packet that is on its way: its number, 0 for none, and when it left by our
	// clock; and the latest that came.
	sent     Timestamp
	asked    time.Time
	received Timestamp

	filter filter
	now    Sample // that the filter chose
	jitter float64

	reach   uint8 // the latest eight polls, the newest in bit 0: answered or not
	poll    int8  // log2 seconds
	minPoll int8  // raised by a kiss-o'-death RATE
	burst   int   // packets of a burst to go
	next    time.Duration
	verdict Verdict
	denied  bool // a kiss-o'-death DENY or RSTR: not asked again
}

// distance is the root distance: how far the server's clock, as measured, may be
// from the true time (I1).
func (a *association) distance(now time.Duration) float64 {
	return max(minDispersion, a.rootDelay+a.now.Delay)/2 + a.rootDispersion +
		a.filter.dispersion(now) + a.jitter
}

// fit tells whether the server may be followed at all (section 11.2.1).
func (d *Daemon) fit(a *association, now time.Duration) bool {
	switch {
	case a.leap == Unsynchronized || a.reach == 0 || a.denied:
		return false
	case a.distance(now) >= MaxDistance+Phi*float64(int64(1)<<a.poll):
		return false
	}
	if a.stratum == 0 || a.stratum >= MaxStratum {
		return false // what is believed of a server keeps such ones unsynchronized already
	}
	//parley:rule timesync.ntp.strata force=false
	if a.us != 0 && (a.reference == a.us || a.id == a.us) {
		return false // it follows us, or is us: a loop (I4)
	}
	return true
}
