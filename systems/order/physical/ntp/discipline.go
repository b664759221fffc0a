package ntp

import (
	"math"
	"time"
)

// state is that of the clock discipline (section 11.3).
type state uint8

const (
	notSet    state = iota // NSET: never set, frequency unknown
	frequency              // FREQ: measuring the frequency
	synced                 // SYNC: following the offset
	spike                  // SPIK: an offset beyond the threshold, maybe a spike
)

// verdict is what becomes of an offset.
type verdict uint8

const (
	ignored verdict = iota
	slewed
	stepped
	panicked
)

// discipline is a loop that adjusts phase and frequency: a hybrid of a phase-lock
// loop, for short intervals, and a frequency-lock loop, for long ones.
type discipline struct {
	state  state
	since  time.Duration // of the latest offset that was used
	offset float64       // yet to be absorbed
	last   float64       // offset when the state began
	drift  float64       // correction of the frequency
	jitter float64
	poll   int8
	count  int // of the poll adjustment

	known     bool // the frequency is, from an earlier life
	stepFirst bool // the first offset is corrected at once, whatever it is
}

// update takes an offset that was measured at a time. What is left of an earlier
// one is forgotten.
func (c *discipline) update(at time.Duration, offset float64, minPoll, maxPoll int8) verdict {
	if math.Abs(offset) > PanicThreshold && c.state != notSet {
		return panicked
	}
	mu := seconds(at - c.since)
	//parley:rule timesync.ntp.slew-not-step timesync.claim.ntp-sets-clock-back force=true
	if math.Abs(offset) > StepThreshold || c.state == notSet && c.stepFirst {
		return c.beyond(at, offset, mu, minPoll)
	}
	switch {
	case c.state == notSet && !c.known:
		c.enter(frequency, at, offset)
		c.offset = 0 // left alone, so that its change shows the frequency
		return ignored
	case c.state == frequency && mu < StepOut:
		return ignored
	case c.state == frequency:
		c.adjustFrequency((offset - c.last) / mu)
	default:
		c.wobble(offset)
		c.lock(offset, mu)
	}
	c.enter(synced, at, offset)
	c.adjustPoll(minPoll, maxPoll)
	return slewed
}

// beyond handles an offset above the step threshold: it is a spike until it has
// persisted (I3).
func (c *discipline) beyond(at time.Duration, offset, mu float64, minPoll int8) verdict {
	if c.state == synced {
		c.state = spike
		return ignored
	}
	if c.state != notSet && mu < StepOut {
		return ignored
	}
	drifted := (offset - c.last) / mu
	c.poll, c.count, c.jitter = minPoll, 0, 0
	switch {
	case c.state == notSet && c.known, c.state == spike: // the frequency is as good as it was
		c.enter(synced, at, 0)
	case c.state == frequency && math.Abs(drifted) <= maxFrequency:
		c.adjustFrequency(drifted)
		c.enter(synced, at, 0)
	default: // no drift explains it; the frequency is to be measured anew
		c.enter(frequency, at, 0)
	}
	return stepped
}

// learnt tells whether drift is more than a guess.
func (c *discipline) learnt() bool { return c.known || c.state == synced || c.state == spike }

func (c *discipline) enter(s state, at time.Duration, offset float64) {
	c.state, c.since, c.offset, c.last = s, at, offset, offset
}

// wobble averages how much offsets differ from one to the next.
func (c *discipline) wobble(offset float64) {
	before, d := c.jitter*c.jitter, offset-c.last
	c.jitter = math.Sqrt(before + float64((float64(d*d)-before)/averaging))
}

// lock follows the offset: mu seconds have passed since the latest one.
func (c *discipline) lock(offset, mu float64) {
	interval, change := exp2(c.poll), 0.0
	if interval > allanIntercept/2 {
		gain := max(18-float64(c.poll), averaging)
		change += (offset - c.offset) / (max(mu, allanIntercept) * gain)
	}
	gain := 4 * loopGain * interval
	change += offset * min(mu, interval) / (gain * gain)
	c.adjustFrequency(change)
}

func (c *discipline) adjustFrequency(change float64) {
	//parley:rule timesync.ntp.goals drop
	c.drift = min(max(c.drift+change, -maxFrequency), maxFrequency)
}

// adjustPoll asks less often while offsets stay within the jitter, and more often
// when they do not (section 13).
func (c *discipline) adjustPoll(minPoll, maxPoll int8) {
	if math.Abs(c.offset) < pollGate*c.jitter {
		if c.count += int(c.poll); c.count > pollLimit {
			c.count = pollLimit
			if c.poll < maxPoll {
				c.poll, c.count = c.poll+1, 0
			}
		}
		return
	}
	if c.count -= 2 * int(c.poll); c.count < -pollLimit {
		c.count = -pollLimit
		if c.poll > minPoll {
			c.poll, c.count = c.poll-1, 0
		}
	}
}

// adjust returns the part of the offset to absorb in the coming second (section
// 12): it decays with the loop's time constant, at 500 ppm at most.
func (c *discipline) adjust() float64 {
	part := c.offset / (loopGain * min(exp2(c.poll), allanIntercept))
	part = min(max(part, -maxFrequency), maxFrequency)
	c.offset -= part
	return part
}
