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

// until returns how long after a reading the interval lies past t.
//
// It does once need is less than gone - wrong(gone), where need is what t is ahead
// of what was known: gone is need/(1-drift), and what rounding takes.
func (c *clock) until(t time.Time, elapsed, drift time.Duration) time.Duration {
	need := t.Sub(c.known.Earliest) + 2
	if need <= 0 {
		return 0
	}
	less := int64(time.Second - drift) // of a second, the part that surely passes
	more := int64(need)/less*int64(drift) + int64(need)%less*int64(drift)/less + 2
	return max(0, need+time.Duration(more)-(elapsed-c.at))
}

// wrong returns by how much an oscillator may be off after a time, if it drifts
// by drift a second at most. It rounds up.
func wrong(gone, drift time.Duration) time.Duration {
	return time.Duration(int64(gone)/int64(time.Second)*int64(drift) +
		int64(gone)%int64(time.Second)*int64(drift)/int64(time.Second) + 1)
}
