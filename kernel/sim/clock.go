package sim

import (
	"math"
	"time"
)

// Clock is a host's oscillator and the time of day that is kept with it. It
// outlives crashes, as a clock with a battery does.
//
// The oscillator is piecewise linear: since the true time `since` it has run
// at 1 + ppm/10^6, and it stood at `ticks` then. Time of day is the epoch plus
// ticks plus the sum of all steps, so a step moves Now and nothing else, and
// drift moves both. The oscillator never goes back (I5).
type Clock struct {
	w     *World
	host  *Host
	since int64
	ticks int64
	steps time.Duration
	ppm   int64
}

const million = 1_000_000

// scale returns d*num/den for den of about a million, without overflow, and
// rounded down.
func scale(d, num, den int64) int64 { return d/den*num + d%den*num/den }

// elapsed returns the oscillator's reading.
func (c *Clock) elapsed() int64 {
	if c.ppm == 0 {
		return c.ticks + c.w.queue.now - c.since
	}
	return c.ticks + scale(c.w.queue.now-c.since, million+c.ppm, million)
}

// due returns the true time at which the oscillator will read ticks or more.
func (c *Clock) due(ticks int64) int64 {
	ahead := max(0, ticks-c.ticks)
	if c.ppm != 0 {
		ahead = scale(ahead, million, million+c.ppm)
	}
	at := max(c.since+ahead, c.w.queue.now)
	for c.ppm != 0 && at < farFuture && c.ticks+scale(at-c.since, million+c.ppm, million) < ticks {
		at++ // what rounding down took away, twice at most
	}
	return min(at, farFuture-1)
}

// Now returns what the host believes the time to be.
func (c *Clock) Now() time.Time {
	return c.w.config.Epoch.Add(time.Duration(c.elapsed()) + c.steps)
}

// Offset returns by how much Now is ahead of the true time.
func (c *Clock) Offset() time.Duration {
	return time.Duration(c.elapsed()-c.w.queue.now) + c.steps
}

// Step moves the time of day by d, forward or back. Elapsed and timers do not
// notice.
func (c *Clock) Step(d time.Duration) {
	const most = math.MaxInt64 / 4
	c.steps = min(max(c.steps+min(max(d, -most), most), -most), most)
	c.w.disturb(c.host, "step clock")
}

// Drift lets the oscillator run fast by ppm parts in a million from now on, or
// slow if that is negative; at most 500,000 either way. Armed timers go by it.
func (c *Clock) Drift(ppm int) {
	now := c.elapsed()
	c.ticks, c.since = now, c.w.queue.now
	c.ppm = int64(min(max(ppm, -500_000), 500_000))
	c.w.rearm(c.host)
	c.w.disturb(c.host, "drift clock")
}

// mend makes the clock show the true time at the true rate. Its oscillator
// goes on from where it is.
func (c *Clock) mend() {
	c.Drift(0)
	c.Step(-c.Offset())
}
