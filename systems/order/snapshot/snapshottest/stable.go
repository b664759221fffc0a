package snapshottest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// stable is an experiment on a property that stays true once it is: what a
// snapshot says of it is compared with what was so when it began, and with what
// is so once it has ended.
type stable struct {
	name, text string
	sometimes  []string
	// make returns the processes; judge looks at the snapshots when nothing
	// moves any more.
	make  func(*sim.Knobs, *Group, tempo) func(place int) snapshot.Process
	judge func(*ordertest.Run, *Group) error
	// rest tells why things still move.
	rest func(*Group) error
}

// tempo is how fast processes act, and until when.
type tempo struct{ pause, until time.Duration }

func (s stable) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "chandylamport", Name: s.name, Question: s.text, Sometimes: s.sometimes, Hosts: "3 to 5", Enough: 100,
		Canon: []string{"chandylamport.use.checkpoint-and-stable-properties"},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			k := sim.NewKnobs(seed)
			return ordertest.Do(seed, o, ordertest.Setup{
				Sim:  sim.Config{Link: bad(k)},
				Body: func(r *ordertest.Run) error { return s.perform(r, k, config(k, o)) },
			})
		},
	})
}

func (s stable) perform(r *ordertest.Run, k *sim.Knobs, cfg snapshot.Config) error {
	hosts := ordertest.Hosts(k.Int("hosts", 3, 5))
	t := tempo{k.Duration("pause", 2*time.Millisecond, 60*time.Millisecond), k.Duration("duration", time.Second, 3*time.Second)}
	var make func(place int) snapshot.Process
	g := newGroup(r.World, hosts, cfg, func(cfg snapshot.Config, place int) *snapshot.Layer {
		return snapshot.New(cfg, make(place))
	})
	make = s.make(k, g, t)
	schedule(k, g, k.Int("snapshots", 2, 8), t.until)
	r.World.At(t.until+30*time.Second, func() { g.initiate(0) })
	if err := r.Past(t.until+31*time.Second, time.Second, nil); err != nil {
		return err
	}
	rest := func() error {
		if err := s.rest(g); err != nil {
			return err
		}
		return g.ended()
	}
	if err := r.Settle(rest, 30*time.Minute); err != nil {
		return err
	}
	for _, err := range g.failed {
		return fmt.Errorf("a snapshot failed: %w", err)
	}
	return s.judge(r, g)
}

// Deadlocks looks for circles of waiting members.
var Deadlocks = stable{
	name: "deadlock",
	text: `Does a snapshot find deadlocks, all of them and no others? Each member keeps a lock, and takes two locks at a
time in random order (in some runs the lesser first, so that there is no deadlock). A snapshot's graph of who
waits for whom is made of states and channels: a lock granted or released on its way is not waited for. A circle
in it must still be there at the end, and one that is there at the end, and was closed before a snapshot began,
must be in that.`,
	sometimes: []string{"a deadlock", "a snapshot without one", "no deadlock in the end"},
	make: func(k *sim.Knobs, g *Group, t tempo) func(int) snapshot.Process {
		ordered := k.Chance("ordered", 0.3)
		return func(int) snapshot.Process {
			return &locker{peers: g.members, pause: t.pause, until: t.until, ordered: ordered}
		}
	},
	rest:  func(g *Group) error { return g.locksRest() },
	judge: judgeDeadlocks,
}.register()

// locksRest returns nil once everybody is through with its round, or in, or
// behind, a deadlock.
func (g *Group) locksRest() error {
	end, lockers := g.locks()
	stuck := end.deadlocked()
	for range lockers {
		for p := range lockers {
			for _, e := range end.graph.Out(p) {
				stuck[p] = stuck[p] || stuck[e.To]
			}
		}
	}
	for p, l := range lockers {
		if !stuck[p] && (l.Wants > 0 || len(l.Has) > 0 || len(l.Plan) > 0) {
			return fmt.Errorf("member %d is in round %d still: has %v, wants %d", p, l.Round, l.Has, l.Wants-1)
		}
	}
	return nil
}

// locks returns the graph of the present states, with nothing on its way, and
// the members.
func (g *Group) locks() (waits, []*locker) {
	var states []locking
	var lockers []*locker
	for p := range g.members {
		l := g.layer(p).Process().(*locker)
		lockers, states = append(lockers, l), append(states, l.locking)
	}
	return build(states, func(int, int) []node.Message { return nil }), lockers
}

func judgeDeadlocks(r *ordertest.Run, g *Group) error {
	end, lockers := g.locks()
	forever := end.deadlocked()
	component, _ := end.graph.Components(1)
	closed := make([]time.Duration, len(lockers)) // by member, when its circle was
	any := false
	for p := range lockers {
		any = any || forever[p]
		for q, l := range lockers {
			if component[p] == component[q] {
				closed[p] = max(closed[p], l.since)
			}
		}
	}
	r.Marks.Sometimes("a deadlock", any)
	r.Marks.Sometimes("no deadlock in the end", !any)
	for _, s := range g.taken {
		w, err := waitsIn(s.Global)
		if err != nil {
			return err
		}
		for p, in := range w.deadlocked() {
			if in && (!forever[p] || w.rounds[p] != end.rounds[p]) {
				return fmt.Errorf("%v: a phantom deadlock: member %d waits in a circle in its round %d, and not in the end (round %d)",
					s.ID, p, w.rounds[p], end.rounds[p])
			}
			if !in && forever[p] && closed[p] < s.began {
				return fmt.Errorf("%v, begun at %v, misses member %d in a deadlock since %v", s.ID, s.began, p, closed[p])
			}
			r.Marks.Sometimes("a snapshot without one", !in && forever[p])
		}
	}
	return nil
}
