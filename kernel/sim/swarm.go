package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Swarm draws a plan for a run of the given length: first which kinds of
// fault occur at all (swarm testing: Groce and others, 2012), then their rates,
// shapes and windows. A run in which everything happens at once hides more than
// one in which a few things happen often.
//
// All faults end by four fifths of the run. Nothing in the plan destroys what
// was durable: rot and wipe are for experiments that ask for them.
func Swarm(seed uint64, hosts []string, length time.Duration) Plan {
	s := &swarm{seed: seed, hosts: hosts, end: length / 5 * 4}
	for _, kind := range []struct {
		name   string
		chance float64
		draw   func(*dice) Plan
	}{
		{"fsync", 0.9, s.fsyncs},
		{"delay", 0.5, s.delays},
		{"loss", 0.7, s.losses},
		{"duplicate", 0.3, s.duplicates},
		{"crash", 0.75, s.crashes},
		{"aimed", 0.6, s.aimed},
		{"election", 0.4, s.noted},
		{"partition", 0.7, s.partitions},
		{"power", 0.35, s.powerLosses},
		{"pause", 0.35, s.pauses},
		{"clock", 0.4, s.clocks},
		{"disk", 0.1, s.brokenDisks},
	} {
		d := &dice{generator(keyOf(seed, forSwarm, kind.name))}
		if d.Float64() < kind.chance {
			s.plan = append(s.plan, kind.draw(d)...)
		}
	}
	return s.plan
}

// SwarmHosts draws how many hosts a run has, from least to most, and names
// them a, b, c and so on.
func SwarmHosts(seed uint64, least, most int) []string {
	n := least + int(within(draw(keyOf(seed, forSwarm, "hosts"), 0), uint64(most-least)+1))
	hosts := make([]string, n)
	for i := range hosts {
		if hosts[i] = string(rune('a' + i%26)); i >= 26 {
			hosts[i] = fmt.Sprintf("%s%d", hosts[i], i/26)
		}
	}
	return hosts
}

type swarm struct {
	seed  uint64
	hosts []string
	end   time.Duration
	plan  Plan
}

// dice is the source of one kind of fault (I3).
type dice struct{ *rand.Rand }

// duration draws so that each order of magnitude is equally likely.
func (d *dice) duration(lo, hi time.Duration) time.Duration {
	const grain = 10 * time.Microsecond
	lo, hi = max(lo/grain, 1), max(hi/grain, lo/grain, 1)
	return grain * time.Duration(octave(d.Uint64(), d.Uint64(), uint64(lo), uint64(hi)))
}

// rate draws a probability likewise; the bounds are in ten thousandths.
func (d *dice) rate(lo, hi uint64) float64 {
	return float64(octave(d.Uint64(), d.Uint64(), lo, hi)) / 10_000
}

func (s *swarm) one(d *dice) []string { return []string{s.hosts[d.IntN(len(s.hosts))]} }

// some draws one host, or all.
func (s *swarm) some(d *dice) []string {
	if d.IntN(2) == 0 {
		return nil
	}
	return s.one(d)
}

// window draws a time span in which a lasting fault holds.
func (s *swarm) window(d *dice) (from, to time.Duration) {
	if d.IntN(3) == 0 {
		return 0, s.end
	}
	from = d.moment(s.end)
	return from, min(from+d.duration(s.end/50, s.end), s.end)
}

func (d *dice) moment(end time.Duration) time.Duration {
	return time.Duration(d.Int64N(int64(end))).Truncate(time.Millisecond / 10)
}

// rhythm calls f at times that are apart by about an interval drawn for the
// run, at most 100 times.
func (s *swarm) rhythm(d *dice, lo, hi time.Duration, f func(at time.Duration)) {
	interval := d.duration(lo, hi)
	at := time.Duration(d.Int64N(int64(interval)))
	for n := 0; at < s.end && n < 100; n++ {
		f(at.Truncate(time.Microsecond))
		at += interval/2 + time.Duration(d.Int64N(int64(interval)))
	}
}
