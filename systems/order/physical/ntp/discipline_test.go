package ntp

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/order/physical"
)

// feed has a loop take the same offset every minute, from a time on, until it does
// something other than to ignore it.
func feed(c *discipline, from time.Duration, offset float64, most int) (verdict, time.Duration) {
	at := from
	for range most {
		at += time.Minute
		if v := c.update(at, offset, 6, 10); v != ignored {
			return v, at - from
		}
	}
	return ignored, at - from
}

// TestASpikeIsIgnoredAndAStepKeepsTheFrequency: section 11.3. What is beyond the
// threshold has to persist for StepOut, and says nothing of the frequency.
func TestASpikeIsIgnoredAndAStepKeepsTheFrequency(t *testing.T) {
	c := &discipline{poll: 6, known: true, drift: 20e-6}
	if v := c.update(time.Minute, 0.001, 6, 10); v != slewed {
		t.Fatalf("the first small offset is %v", v)
	}
	before := c.drift
	if v := c.update(2*time.Minute, 0.5, 6, 10); v != ignored || c.state != spike {
		t.Fatalf("a spike is %v", v)
	}
	if v := c.update(3*time.Minute, 0.001, 6, 10); v != slewed || c.state != synced {
		t.Fatalf("after the spike it is %v", v)
	}
	v, took := feed(c, 3*time.Minute, 0.5, 60)
	if v != stepped || took < StepOut*time.Second || c.state != synced {
		t.Errorf("an offset that stays is %v after %v, state %v", v, took, c.state)
	}
	if change := c.drift - before; change > 1e-6 || change < -1e-6 {
		t.Errorf("the frequency went from %v to %v", before, c.drift)
	}
}

// TestTheFrequencyIsMeasuredFirst: 18 ms in 900 s are 20 ppm.
func TestTheFrequencyIsMeasuredFirst(t *testing.T) {
	c := &discipline{poll: 6}
	for at := time.Duration(0); at < StepOut*time.Second; at += time.Minute {
		if v := c.update(at, 20e-6*at.Seconds(), 6, 10); v != ignored || c.learnt() {
			t.Fatalf("at %v it is %v, learnt %v", at, v, c.learnt())
		}
	}
	if v := c.update(StepOut*time.Second, 20e-6*StepOut, 6, 10); v != slewed || !c.learnt() {
		t.Fatalf("after %v s it is %v", StepOut, v)
	}
	if off := c.drift - 20e-6; off > 1e-9 || off < -1e-9 {
		t.Errorf("measured %v", c.drift)
	}
}

// TestAClockThatIsTooFarOffIsGivenUp, unless it was never set.
func TestAClockThatIsTooFarOffIsGivenUp(t *testing.T) {
	c := &discipline{poll: 6, known: true}
	if v := c.update(time.Minute, 5000, 6, 10); v != stepped {
		t.Errorf("the first offset is %v", v)
	}
	if v := c.update(2*time.Minute, 5000, 6, 10); v != panicked {
		t.Errorf("a later one is %v", v)
	}
}

// answering makes a daemon with one source, and a server that is ahead and answers at
// once, until it is told to be silent.
func answering(ahead time.Duration, frequency *physical.PPB) (*Daemon, func(at time.Duration, silent bool) int) {
	born := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	d := NewDaemon(Config{
		Sources: []Source{{Name: "server", ID: 7, Us: 8}}, Frequency: frequency, Random: rand.New(rand.NewPCG(1, 2)),
	}, 0, born)
	return d, func(at time.Duration, silent bool) (asked int) {
		for _, r := range d.Tick(at) {
			asked++
			q, err := Decode(r.Packet)
			if err != nil || silent {
				continue
			}
			now := TimestampOf(born.Add(at + ahead))
			a := Packet{
				Version: 4, Mode: Server, Stratum: 1, ReferenceID: RefIDOf("GPS"), Precision: -20,
				Reference: now, Origin: q.Transmit, Receive: now, Transmit: now,
			}
			_ = d.Receive(at+time.Millisecond, 0, a.Append(nil)) // what is used shows in the status
		}
		return asked
	}
}

// TestASourceIsJudgedByEightSamples: in the beginning, and when it is back.
func TestASourceIsJudgedByEightSamples(t *testing.T) {
	d, second := answering(0, nil)
	asked, at := 0, time.Duration(0)
	until := func(what string, silent bool, holds func(Status) bool) (questions int) {
		for range 20_000 {
			questions += second(at, silent)
			at += time.Second
			if holds(d.Status(at)) {
				return questions
			}
		}
		t.Fatalf("%s: never", what)
		return 0
	}
	asked = until("followed", false, func(s Status) bool { return s.Peer != "" })
	if asked != stages || at > 16*time.Second {
		t.Errorf("followed after %d questions and %v", asked, at)
	}
	until("lost", true, func(s Status) bool { return s.Peer == "" && s.Sources[0].Reach == 0 })
	asked = until("followed again", false, func(s Status) bool { return s.Peer != "" })
	if asked != stages {
		t.Errorf("followed again after %d questions", asked)
	}
}

// TestAStepMovesTheSamples: the server is as close afterwards as the clock, and is
// followed without a break.
func TestAStepMovesTheSamples(t *testing.T) {
	known := physical.PPB(0)
	d, second := answering(3*time.Second, &known)
	for at := time.Duration(0); at < time.Minute; at += time.Second {
		second(at, false)
	}
	s := d.Status(time.Minute)
	if s.Steps != 1 || s.Peer == "" || s.Stratum != 2 || s.Sources[0].Offset.Abs() > 10*time.Millisecond || s.Distance > 100*time.Millisecond {
		t.Errorf("after a step: %+v", s)
	}
}

// TestWhatIsNotMeasuredIsNotClaimed (I1): the distance grows by 500 ppm, and when the
// frequency is known by 15.
func TestWhatIsNotMeasuredIsNotClaimed(t *testing.T) {
	known := physical.PPB(0)
	for want, f := range map[float64]*physical.PPB{maxFrequency: nil, Phi: &known} {
		d, second := answering(0, f)
		for at := time.Duration(0); at < 20*time.Second; at += time.Second {
			second(at, false)
		}
		grown := d.Status(120*time.Second).Distance - d.Status(20*time.Second).Distance
		if off := grown.Seconds() - 100*want; off > 1e-6 || off < -1e-6 {
			t.Errorf("in 100 s the distance grows by %v, want %v s", grown, 100*want)
		}
	}
}
