package sim

import "time"

// This file draws the faults of a swarm, kind by kind.

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
