package snapshottest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// timed is an experiment on links each of which takes a time of its own, the
// same for every message.
type timed struct {
	name, text       string
	canon, sometimes []string
	perform          func(*ordertest.Run, *line) error
}

// line is what a timed run is drawn from.
type line struct {
	k        *sim.Knobs
	hosts    []string
	slowest  time.Duration // of all links
	pause    time.Duration
	duration time.Duration
}

func (t timed) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "chandylamport", Name: t.name, Question: t.text, Canon: t.canon, Sometimes: t.sometimes, Hosts: "3 to 5", Enough: 60,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			k := sim.NewKnobs(seed)
			l := &line{
				k: k, hosts: ordertest.Hosts(k.Int("hosts", 3, 5)),
				pause:    k.Duration("pause", 2*time.Millisecond, 50*time.Millisecond),
				duration: k.Duration("duration", 200*time.Millisecond, time.Second),
			}
			return ordertest.Do(seed, o, ordertest.Setup{Timed: true, Body: func(r *ordertest.Run) error { return t.perform(r, l) }})
		},
	})
}

// patient sends nothing twice, and never waits for a confirmation.
var patient = snapshot.Config{Window: 1 << 14, Resend: time.Hour}

// bank makes branches on links of drawn delays in a world, and has snapshots
// begun there if told to.
func (l *line) bank(w *sim.World, cfg snapshot.Config, snapshots bool) (*Group, *history) {
	for _, from := range l.hosts {
		for _, to := range l.hosts {
			d := l.k.Duration("link "+from+to, time.Millisecond, 80*time.Millisecond)
			l.slowest = max(l.slowest, d)
			w.Shape(from, to, sim.Link{Delay: sim.Constant(d)})
		}
	}
	g, h := newBank(w, l.hosts, cfg, l.pause, l.duration)
	if snapshots {
		schedule(l.k, g, l.k.Int("snapshots", 1, 5), l.duration)
	}
	return g, h
}

// Termination measures when snapshots end.
var Termination = timed{
	name: "termination",
	text: `When is a snapshot complete? Every link has a delay of its own. A snapshot must be assembled within three
times the longest of them (first markers, markers of the others, parts), and not before each of the N(N-1)
channels has brought its marker; as many markers are sent.`,
	canon: []string{"chandylamport.terminate.all-markers-in"},
	perform: func(r *ordertest.Run, l *line) error {
		g, _ := l.bank(r.World, patient, true)
		if err := r.Past(l.duration+time.Second, 50*time.Millisecond, nil); err != nil {
			return err
		}
		if err := g.ended(); err != nil {
			return err
		}
		channels := len(l.hosts) * (len(l.hosts) - 1)
		for _, s := range g.taken {
			sent := 0
			for _, t := range g.tapes {
				sent += t.markers[s.ID]
			}
			if s.arrived != channels || sent != channels {
				return fmt.Errorf("%v: %d markers were sent and %d had come when it was assembled, want %d", s.ID, sent, s.arrived, channels)
			}
			took := s.ended - s.began
			r.Stats["longest delays"] = max(r.Stats["longest delays"], float64(took)/float64(l.slowest))
			if took > 3*l.slowest+time.Millisecond {
				return fmt.Errorf("%v took %v, more than three times the slowest link's %v", s.ID, took, l.slowest)
			}
		}
		return nil
	},
}.register()

// NonIntrusive compares runs with and without snapshots.
var NonIntrusive = timed{
	name: "non-intrusive",
	text: `Does an application notice that it is recorded? One seed is run three times: without snapshots, with some
begun by any member and several at once, and with members that hold back their messages while a snapshot is under
way. With and without, every branch must have the same events at the same times; where sending pauses, they
differ. Each of the snapshots must be consistent.`,
	canon:     []string{"chandylamport.goals.non-intrusive-any-initiator"},
	sometimes: []string{"pausing changes the run", overlap},
	perform: func(r *ordertest.Run, l *line) error {
		_, plain := l.elsewhere(r.Seed, patient, false)
		g, h := l.bank(r.World, patient, true)
		look := func() error {
			r.Marks.Sometimes(overlap, g.open() > 1)
			return nil
		}
		if err := r.Past(l.length(), time.Millisecond, look); err != nil {
			return err
		}
		if err := h.same(plain); err != nil {
			return fmt.Errorf("with and without snapshots: %w", err)
		}
		stops := patient
		stops.Pause = true
		_, paused := l.elsewhere(r.Seed, stops, true)
		r.Marks.Sometimes("pausing changes the run", paused.same(plain) != nil)
		if err := g.ended(); err != nil {
			return err
		}
		return g.consistent(h)
	},
}.register()

// length is how long a run takes until nothing moves.
func (l *line) length() time.Duration { return l.duration + time.Second }

// elsewhere makes the run in a world of its own.
func (l *line) elsewhere(seed uint64, cfg snapshot.Config, snapshots bool) (*Group, *history) {
	w := sim.New(sim.Config{Seed: seed})
	defer w.Close()
	g, h := l.bank(w, cfg, snapshots)
	w.Run(l.length())
	return g, h
}

// same demands that two runs have the same events of every branch.
func (h *history) same(other *history) error {
	for p := range h.of {
		for i := range max(len(h.of[p]), len(other.of[p])) {
			if i >= len(h.of[p]) || i >= len(other.of[p]) || !h.of[p][i].equal(other.of[p][i]) {
				return fmt.Errorf("branch %d differs from its event %d on", p, i+1)
			}
		}
	}
	return nil
}

func (e event) equal(f event) bool {
	return e.at == f.at && e.send == f.send && e.peer == f.peer && e.amount == f.amount &&
		e.number == f.number && slices.Equal(e.clock, f.clock)
}

// consistent checks all snapshots of a bank.
func (g *Group) consistent(h *history) error {
	for _, s := range g.taken {
		c, err := decode(s.Global)
		if err != nil {
			return err
		}
		for _, check := range []func(*history) error{c.closed, c.included, c.passes} {
			if err := check(h); err != nil {
				return fmt.Errorf("%v: %w", s.ID, err)
			}
		}
		if err := c.conserved(); err != nil {
			return fmt.Errorf("%v: %w", s.ID, err)
		}
	}
	return nil
}
