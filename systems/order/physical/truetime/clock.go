package truetime

import (
	"time"

	"github.com/parleysystems/parley/systems/order/physical"
)

// clock is an interval that contained the time when the oscillator read at, and
// that grows since.
type clock struct {
	at    time.Duration
	known physical.Interval
	valid bool
}

// now returns the interval at a later reading: the time that went by is the
// oscillator's, give or take its drift.
func (c *clock) now(elapsed, drift time.Duration) physical.Interval {
	gone := elapsed - c.at
	//parley:rule spanner.truetime.epsilon-sawtooth spanner.truetime.interval value=0
	drift = wrong(gone, drift)
	return physical.Interval{
		Earliest: c.known.Earliest.Add(gone - drift), Latest: c.known.Latest.Add(gone + drift),
	}
}

// wrong returns by how much an oscillator may be off after a time, if it drifts
// by drift a second at most. It rounds up.
func wrong(gone, drift time.Duration) time.Duration {
	return time.Duration(int64(gone)/int64(time.Second)*int64(drift) +
		int64(gone)%int64(time.Second)*int64(drift)/int64(time.Second) + 1)
}
