package physical

import "time"

// PPB is a rate's deviation from one in parts per billion: 1000 gain a
// microsecond a second.
type PPB int64

// The bounds of corrections: 500 parts in a million each, as in RFC 5905.
const (
	MaxSlew      PPB = 500_000
	MaxFrequency PPB = 500_000
	billion          = 1_000_000_000
)

// Clock is a software clock on top of an oscillator that only goes forward
// (node.Env's Elapsed). Every method takes the oscillator's present reading,
// which never falls.
//
// Since the oscillator read at, the clock, which showed value then, has gone at a
// rate of 1 + frequency, and besides absorbs slew at a rate of at most MaxSlew.
type Clock struct {
	at        time.Duration
	value     time.Time
	frequency PPB
	slew      time.Duration // yet to be absorbed since at
}

// NewClock returns a clock that shows value now.
func NewClock(elapsed time.Duration, value time.Time) *Clock {
	return &Clock{at: elapsed, value: value}
}

// Now returns what the clock shows.
func (c *Clock) Now(elapsed time.Duration) time.Time {
	gone := elapsed - c.at
	return c.value.Add(gone + scale(gone, c.frequency) + absorbed(gone, c.slew))
}

// Frequency returns the correction of the oscillator's rate.
func (c *Clock) Frequency() PPB { return c.frequency }

// Slewing returns how much of a correction is not yet absorbed.
func (c *Clock) Slewing(elapsed time.Duration) time.Duration {
	return c.slew - absorbed(elapsed-c.at, c.slew)
}

// Slew corrects the clock by offset, forward or back, by changing its rate until
// that is absorbed: 2000 seconds for a second. What an earlier call left over is
// forgotten. The clock goes on forward all the time (I1).
func (c *Clock) Slew(elapsed, offset time.Duration) {
	c.rebase(elapsed)
	c.slew = offset
}

// Step corrects the clock by offset at once. It may go back.
func (c *Clock) Step(elapsed, offset time.Duration) {
	c.rebase(elapsed)
	c.value = c.value.Add(offset)
	c.slew = 0
}

// SetFrequency sets the correction of the oscillator's rate, within MaxFrequency
// either way.
func (c *Clock) SetFrequency(elapsed time.Duration, f PPB) {
	c.rebase(elapsed)
	c.frequency = min(max(f, -MaxFrequency), MaxFrequency)
}

// rebase makes the present the clock's new starting point.
func (c *Clock) rebase(elapsed time.Duration) {
	left := c.Slewing(elapsed)
	c.value, c.at, c.slew = c.Now(elapsed), elapsed, left
}

// absorbed returns how much of a slew is done after d.
func absorbed(d, slew time.Duration) time.Duration {
	most := scale(d, MaxSlew)
	return min(max(slew, -most), most)
}

// scale returns d times rate, rounded down, without overflow in 200 years.
func scale(d time.Duration, rate PPB) time.Duration {
	whole, rest := int64(d)/billion, int64(d)%billion
	product := rest * int64(rate)
	down := product / billion
	if product%billion < 0 {
		down--
	}
	return time.Duration(whole*int64(rate) + down)
}
