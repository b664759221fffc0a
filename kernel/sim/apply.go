package sim

import (
	"fmt"
	"strings"
	"time"
)

// standing is a fault of a plan that has been applied.
type standing struct {
	Fault
	key       uint64
	armed     bool
	cancelled bool
	lifts     []func() // of what it has done and not undone
}

// Apply adds a plan's faults to the run. Times in it count from the start of
// the run; what is due already happens within the call. An error names a host that the plan mentions and the world does not
// have; nothing was applied then.
func (w *World) Apply(p Plan) error {
	for _, f := range p {
		if err := w.knows(f); err != nil {
			return err
		}
	}
	for _, f := range p {
		s := &standing{Fault: f, key: keyOf(w.config.Seed, forTrigger, f.String())}
		w.plan = append(w.plan, s)
		s.schedule(w)
	}
	return nil
}

func (w *World) knows(f Fault) error {
	names := f.Action.names()
	if f.On != nil {
		names = append(names[:len(names):len(names)], f.On.Hosts...)
	}
	for _, name := range names {
		if _, ok := w.names[name]; !ok && !(name == "it" && f.On != nil) {
			return fmt.Errorf("sim: apply %q: there is no host %q", f, name)
		}
	}
	return nil
}

func (s *standing) schedule(w *World) {
	if s.On != nil {
		w.watch(s)
		return
	}
	w.from(s.From, func() { s.strike(w, nil) })
	if s.To != 0 {
		w.At(s.To, s.lift)
	}
}

// from is At, but at once if the time has come already.
func (w *World) from(t time.Duration, f func()) {
	if t <= w.Now() {
		f()
		return
	}
	w.At(t, f)
}

// strike does what the fault says, unless it has been cancelled.
func (s *standing) strike(w *World, it *Host) {
	if s.cancelled {
		return
	}
	w.disturb(nil, s.Fault.String())
	lift := s.Action.strike(w, it)
	if lift == nil {
		return
	}
	s.lifts = append(s.lifts, lift)
	if s.On != nil && s.For != 0 {
		at := len(s.lifts) - 1
		w.After(s.For, func() { s.liftOne(at) })
	}
}

func (s *standing) liftOne(at int) {
	if at < len(s.lifts) && s.lifts[at] != nil {
		s.lifts[at]()
		s.lifts[at] = nil
	}
}

func (s *standing) lift() {
	for at := range s.lifts {
		s.liftOne(at)
	}
	s.lifts = nil
}

// watch arms a triggered fault at the hosts that it watches.
func (w *World) watch(s *standing) {
	hosts := w.pick(s.On.Hosts, nil)
	w.from(s.From, func() { s.armed = true })
	if s.To != 0 {
		w.At(s.To, func() { s.armed = false })
	}
	for _, h := range hosts {
		h.watchers = append(h.watchers, &watcher{standing: s, key: mix(s.key, hashString(h.name))})
	}
}

// watcher is a triggered fault at one host.
type watcher struct {
	*standing
	key  uint64
	seen uint64 // occurrences: the counter of its draws
}

// happens tells the host's watchers of a moment, of which at most one strikes.
func (h *Host) happens(m Moment, detail string) {
	for _, s := range h.watchers {
		if s.On.Moment != m || !s.On.matches(detail) {
			continue
		}
		s.seen++
		if s.armed && !s.cancelled && h.doom == nil && chance(draw(s.key, s.seen), s.On.Chance) {
			s.strike(h.w, h)
			return
		}
	}
}

func (t *Trigger) matches(detail string) bool {
	if t.Moment == Notes {
		return strings.HasPrefix(detail, t.Detail)
	}
	return t.Detail == "" || t.Detail == detail
}
