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

func (s *swarm) fsyncs(d *dice) Plan {
	slow := func(hosts []string) Fault {
		t := Constant(d.duration(100*time.Microsecond, 60*time.Millisecond))
		if d.IntN(2) == 0 {
			t = Uniform(100*time.Microsecond, d.duration(200*time.Microsecond, 60*time.Millisecond))
		}
		return Fault{To: s.end, Action: HarmDisk{Hosts: hosts, Kind: "fsync", Fsync: t}}
	}
	plan := Plan{slow(nil)}
	if d.IntN(2) == 0 {
		plan = append(plan, slow(s.one(d)))
	}
	return plan
}

func (s *swarm) delays(d *dice) Plan {
	most := d.duration(time.Millisecond, 100*time.Millisecond)
	dist := Uniform(100*time.Microsecond, most)
	if d.IntN(2) == 0 {
		dist = LongTail(d.duration(200*time.Microsecond, 5*time.Millisecond), 10*most)
	}
	from, to := s.window(d)
	return Plan{{From: from, To: to, Action: Degrade{Kind: "delay", Delay: dist, From: s.some(d), To: s.some(d)}}}
}

func (s *swarm) losses(d *dice) Plan {
	var plan Plan
	for range 1 + d.IntN(2) {
		from, to := s.window(d)
		plan = append(plan, Fault{From: from, To: to,
			Action: Degrade{Kind: "loss", P: d.rate(30, 3000), From: s.some(d), To: s.some(d)}})
	}
	return plan
}

func (s *swarm) duplicates(d *dice) Plan {
	from, to := s.window(d)
	return Plan{{From: from, To: to, Action: Degrade{Kind: "duplicate", P: d.rate(100, 3000), From: s.some(d)}}}
}

func (s *swarm) crashes(d *dice) Plan {
	var plan Plan
	down := d.duration(time.Millisecond, 2*time.Second)
	s.rhythm(d, 200*time.Millisecond, s.end, func(at time.Duration) {
		plan = append(plan, Fault{From: at, Action: CrashHosts{s.one(d), d.duration(time.Millisecond, down+time.Millisecond)}})
	})
	return plan
}

// aimed faults strike in the windows that matter: between a write and its
// fsync, between the fsync and what waits for it, just after a send.
func (s *swarm) aimed(d *dice) Plan {
	var plan Plan
	for range 1 + d.IntN(3) {
		from, to := s.window(d)
		on := &Trigger{Moment: Writes + Moment(d.IntN(3)), Hosts: s.some(d), Chance: d.rate(3, 300)}
		plan = append(plan, Fault{From: from, To: to, On: on,
			Action: CrashHosts{[]string{"it"}, d.duration(time.Millisecond, time.Second)}})
	}
	return plan
}

// noted faults strike at what nodes say of themselves, which is where roles
// change: the new leader is cut off, paused, or dies.
func (s *swarm) noted(d *dice) Plan {
	from, to := s.window(d)
	f := Fault{From: from, To: to, On: &Trigger{Moment: Notes, Hosts: s.some(d), Chance: d.rate(100, 3000)}}
	it := []string{"it"}
	switch d.IntN(4) {
	case 0:
		f.Action, f.For = PauseHosts{it}, d.duration(time.Millisecond, time.Second)
	case 1:
		f.Action, f.For = Split{"isolate", [][]string{it}}, d.duration(10*time.Millisecond, 2*time.Second)
	case 2:
		f.Action, f.For = Split{"one-way", [][]string{nil, it}}, d.duration(10*time.Millisecond, 2*time.Second)
	default:
		f.Action = CrashHosts{it, d.duration(time.Millisecond, time.Second)}
	}
	return Plan{f}
}

func (s *swarm) partitions(d *dice) Plan {
	if len(s.hosts) < 2 {
		return nil
	}
	var plan Plan
	longest := d.duration(20*time.Millisecond, s.end/3+20*time.Millisecond)
	s.rhythm(d, 300*time.Millisecond, s.end, func(at time.Duration) {
		to := min(at+d.duration(10*time.Millisecond, longest), s.end)
		if to > at {
			plan = append(plan, Fault{From: at, To: to, Action: s.shape(d)})
		}
	})
	return plan
}

// shape draws a partition of hosts in random order.
func (s *swarm) shape(d *dice) Split {
	mixed := append([]string(nil), s.hosts...)
	d.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	cut := 1 + d.IntN(len(mixed)-1)
	switch kind := d.IntN(5); {
	case kind == 0 && len(mixed) >= 3:
		half := len(mixed) / 2
		return Split{"bridge", [][]string{mixed[:half], {mixed[half]}, mixed[half+1:]}}
	case kind == 1 && len(mixed) >= 4:
		return Split{"ring", [][]string{mixed}}
	case kind == 2:
		return Split{"isolate", [][]string{mixed[:1]}}
	case kind == 3:
		return Split{"one-way", [][]string{mixed[:cut], mixed[cut:]}}
	}
	return Split{"halves", [][]string{mixed[:cut], mixed[cut:]}}
}

func (s *swarm) powerLosses(d *dice) Plan {
	var plan Plan
	for range 1 + d.IntN(3) {
		plan = append(plan, Fault{From: d.moment(s.end), Action: PowerLoss{d.duration(time.Millisecond, time.Second)}})
	}
	return plan
}

func (s *swarm) pauses(d *dice) Plan {
	var plan Plan
	s.rhythm(d, 300*time.Millisecond, s.end, func(at time.Duration) {
		to := min(at+d.duration(5*time.Millisecond, 2*time.Second), s.end)
		if to > at {
			plan = append(plan, Fault{From: at, To: to, Action: PauseHosts{s.one(d)}})
		}
	})
	return plan
}

func (s *swarm) clocks(d *dice) Plan {
	var plan Plan
	for range 1 + d.IntN(3) {
		from, to := s.window(d)
		plan = append(plan, Fault{From: from, To: to, Action: s.clock(d)})
	}
	return plan
}

func (s *swarm) clock(d *dice) Action {
	sign := 1 - 2*d.IntN(2)
	if d.IntN(2) == 0 {
		return StepClock{s.one(d), time.Duration(sign) * d.duration(time.Millisecond, time.Hour)}
	}
	return DriftClock{s.one(d), sign * int(octave(d.Uint64(), d.Uint64(), 1, 500))}
}

// brokenDisks halt a host; it comes back with its disk in order.
func (s *swarm) brokenDisks(d *dice) Plan {
	host := s.one(d)
	from := d.moment(s.end - s.end/4)
	to := from + d.duration(time.Millisecond, s.end/4)
	kind := HarmDisk{Hosts: host, Kind: "fail-sync"}
	if d.IntN(2) == 0 {
		kind = HarmDisk{Hosts: host, Kind: "full", Free: d.IntN(64 << 10)}
	}
	return Plan{{From: from, To: to, Action: kind}, {From: to, Action: RestartHosts{host}}}
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
