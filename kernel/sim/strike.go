package sim

import "time"

// This file says what the actions do.

func (a CrashHosts) names() []string   { return a.Hosts }
func (a PowerLoss) names() []string    { return nil }
func (a RestartHosts) names() []string { return a.Hosts }
func (a PauseHosts) names() []string   { return a.Hosts }
func (a StepClock) names() []string    { return a.Hosts }
func (a DriftClock) names() []string   { return a.Hosts }
func (a HarmDisk) names() []string     { return a.Hosts }

func (a Degrade) names() []string { return append(append([]string(nil), a.From...), a.To...) }

func (a Split) names() (names []string) {
	for _, group := range a.Groups {
		names = append(names, group...)
	}
	return names
}

func (CrashHosts) lasts() bool   { return false }
func (PowerLoss) lasts() bool    { return false }
func (RestartHosts) lasts() bool { return false }
func (PauseHosts) lasts() bool   { return true }
func (StepClock) lasts() bool    { return true }
func (DriftClock) lasts() bool   { return true }
func (Split) lasts() bool        { return true }
func (Degrade) lasts() bool      { return true }
func (a HarmDisk) lasts() bool   { return a.Kind != "rot" && a.Kind != "wipe" }

// pick returns the hosts of these names; nil is all of them, "it" the one
// that a trigger was pulled by.
func (w *World) pick(names []string, it *Host) []*Host {
	if names == nil {
		return w.hosts
	}
	var hosts []*Host
	for _, name := range names {
		if name == "it" && it != nil {
			hosts = append(hosts, it)
		} else if h := w.names[name]; h != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// called puts the name of the trigger's host in place of "it".
func called(names []string, it *Host) []string {
	if it == nil || names == nil {
		return names
	}
	out := append([]string(nil), names...)
	for i := range out {
		if out[i] == "it" {
			out[i] = it.name
		}
	}
	return out
}

// restartLater restarts those hosts when d has passed, if they are still in
// the state that a crash of now leaves them in.
func (w *World) restartLater(hosts []*Host, d time.Duration) {
	if d == 0 {
		return
	}
	for _, h := range hosts {
		incarnation := h.incarnation
		w.After(d, func() {
			if h.incarnation == incarnation {
				h.Restart()
			}
		})
	}
}

func (a CrashHosts) strike(w *World, it *Host) func() {
	hosts := w.pick(a.Hosts, it)
	for _, h := range hosts {
		h.Crash()
	}
	w.restartLater(hosts, a.Restart)
	return nil
}

func (a PowerLoss) strike(w *World, _ *Host) func() {
	w.PowerLoss()
	w.restartLater(w.hosts, a.Restart)
	return nil
}

func (a RestartHosts) strike(w *World, it *Host) func() {
	for _, h := range w.pick(a.Hosts, it) {
		h.Restart()
	}
	return nil
}

func (a PauseHosts) strike(w *World, it *Host) func() {
	hosts := w.pick(a.Hosts, it)
	for _, h := range hosts {
		h.Pause()
	}
	return func() {
		for _, h := range hosts {
			h.Resume()
		}
	}
}

func (a StepClock) strike(w *World, it *Host) func() {
	hosts := w.pick(a.Hosts, it)
	for _, h := range hosts {
		h.clock.Step(a.By)
	}
	return func() {
		for _, h := range hosts {
			h.clock.Step(-a.By)
		}
	}
}

func (a DriftClock) strike(w *World, it *Host) func() {
	hosts := w.pick(a.Hosts, it)
	for _, h := range hosts {
		h.clock.Drift(int(h.clock.ppm) + a.PPM)
	}
	return func() {
		for _, h := range hosts {
			h.clock.Drift(int(h.clock.ppm) - a.PPM)
		}
	}
}

func (a Split) strike(w *World, it *Host) func() {
	groups := make([][]string, len(a.Groups))
	for i, group := range a.Groups {
		groups[i] = called(group, it)
	}
	switch a.Shape {
	case "halves":
		return w.Cut(Halves(groups...))
	case "bridge":
		return w.Cut(Bridge(groups[0], groups[1], groups[2]))
	case "ring":
		return w.Cut(Ring(groups[0]...))
	case "isolate":
		return w.Cut(Isolate(groups[0]...))
	case "one-way":
		return w.Cut(OneWay(groups[0], groups[1]))
	}
	panic("sim: no partition has the shape " + a.Shape)
}

func (a Degrade) strike(w *World, it *Host) func() {
	from, to := called(a.From, it), called(a.To, it)
	return w.impose(&rule{match: OneWay(from, to).cuts, apply: a.degrade})
}

// degrade adds to what a link suffers already: probabilities as of independent
// causes, while the latest delay and bandwidth hold.
func (a Degrade) degrade(s *shaped) {
	switch a.Kind {
	case "loss":
		s.Loss = 1 - (1-s.Loss)*(1-a.P)
	case "duplicate":
		s.Duplicate = 1 - (1-s.Duplicate)*(1-a.P)
	case "reorder":
		s.Reorder = 1 - (1-s.Reorder)*(1-a.P)
	case "delay":
		s.Delay = a.Delay
	case "lose":
		s.lost = append(s.lost[:len(s.lost):len(s.lost)], a.Lost...)
	case "bandwidth":
		s.Bandwidth, s.Queue = a.Bytes, a.Queue
	}
}

func (a HarmDisk) strike(w *World, it *Host) func() {
	hosts := w.pick(a.Hosts, it)
	var lifts []func()
	for _, h := range hosts {
		if lift := a.harm(&h.disk); lift != nil {
			lifts = append(lifts, lift)
		}
	}
	if !a.lasts() {
		return nil
	}
	return func() {
		for _, lift := range lifts {
			lift()
		}
	}
}

func (a HarmDisk) harm(d *Disk) (lift func()) {
	switch a.Kind {
	case "fsync":
		return d.slowDown(a.Fsync)
	case "full":
		d.SetFull(int64(a.Free))
		return func() { d.SetFull(-1) }
	case "fail-sync":
		d.FailSync(true)
		return func() { d.FailSync(false) }
	case "rot":
		d.Rot("")
	case "wipe":
		d.Wipe()
	}
	return nil
}
