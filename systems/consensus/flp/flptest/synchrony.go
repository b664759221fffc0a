package flptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp/rotating"
)

// turns is processes of package rotating in a world.
type turns struct {
	run       *consensustest.Run
	cfg       rotating.Config
	decisions consensustest.Decisions[rotating.Value]
	mistakes  int
}

func newTurns(r *consensustest.Run, n int, cfg rotating.Config) *turns {
	g := &turns{run: r, cfg: cfg}
	r.Ear.Hear = func(from, _ node.Addr, m node.Message) { // also of those that crash right after
		if d, ok := m.(*rotating.Decide); ok {
			g.decisions.Decide(string(from.Node()), d.Value)
		}
	}
	for i := range n {
		g.cfg.Members = append(g.cfg.Members, node.Join(fmt.Sprint("p", i), "rotating"))
	}
	return g
}

// propose starts a process.
func (g *turns) propose(i int, v rotating.Value) {
	a := g.cfg.Members[i]
	g.decisions.Propose(v)
	g.run.World.Host(a.Host()).Serve(a.Service(), func() node.Node { return rotating.New(g.cfg, v) })
}

func (g *turns) look() error {
	for _, a := range g.cfg.Members {
		if p, ok := g.run.World.Node(a).(*rotating.Process); ok {
			g.mistakes = max(g.mistakes, p.Mistakes())
			if p.Output() != "" {
				g.decisions.Decide(string(a), p.Output())
			}
		}
	}
	return g.decisions.Err()
}

// all returns an error until all that are up have decided.
func (g *turns) all() error {
	if err := g.look(); err != nil {
		return err
	}
	var names []string
	for _, a := range g.cfg.Members {
		if g.run.World.Host(a.Host()).Up() {
			names = append(names, string(a))
		}
	}
	return g.decisions.All(names)
}

// PartialSynchrony lets delays become bounded some time.
var PartialSynchrony = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "partial-synchrony", Hosts: "3 to 7", Enough: 60,
	Question: `Does a failure detector that some time stops being wrong bring termination back, and never cost agreement? Until
a time T of up to 3 seconds, messages take up to 0.7 seconds, some are lost, and the detectors, set to suspect
after 5 to 40 milliseconds, are wrong all the time; from T on messages take a millisecond. A minority may crash for good.
Agreement and validity are watched throughout. All that are up must have decided within five seconds after T, which
covers what is still on its way and every coordinator being suspected once with the patience that the detectors have by
then. The figures give the time of the decision beside T. In half of the runs coordinators are cut off just after they proposed, and who
decides crashes while it tells, so that others go on without knowing.`,
	Canon: []string{
		"flp.circumvent.partial-synchrony", "flp.consensus.termination", "flp.consensus.agreement", "flp.consensus.validity",
	},
	Sometimes: []string{"decided before T", "decided after T", "a detector was wrong", "a minority is down"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		n := k.Int("processes", 3, 7)
		return consensustest.Do(seed, o, consensustest.Setup{
			Body: func(r *consensustest.Run) error { return partialSynchrony(r, n) },
		})
	},
})

// aim hurts who proposes or decides, before t.
func (g *turns) aim(t time.Duration) error {
	k := g.run.Knobs
	if t == 0 || !k.Chance("aimed", 0.5) {
		return nil
	}
	plan, err := sim.Parse(fmt.Sprintf("from 0s to %v on send rotating.Decide of * with %.2f crash; restart after %v\n"+
		"from 0s to %v on send rotating.Propose of * with %.2f for %v partition isolate it",
		t, sim.Choose(k, "crash", 0.1, 0.3, 0.6), k.Duration("down", 10*time.Millisecond, 300*time.Millisecond),
		t, sim.Choose(k, "cut", 0.02, 0.1, 0.3), k.Duration("cut off", 10*time.Millisecond, 300*time.Millisecond)))
	if err != nil {
		return err
	}
	return g.run.World.Apply(plan)
}

func partialSynchrony(r *consensustest.Run, n int) error {
	k := r.Knobs
	r.World.Shape("*", "*", sim.Link{
		Delay:   sim.Uniform(time.Millisecond, k.Duration("chaos", 20*time.Millisecond, 700*time.Millisecond)),
		Reorder: 1, Loss: sim.Choose(k, "loss", 0, 0.1, 0.3), Duplicate: sim.Choose(k, "duplicate", 0, 0.1),
	})
	g := newTurns(r, n, rotating.Config{
		Heartbeat: 5 * time.Millisecond, Patience: k.Duration("patience", 5*time.Millisecond, 40*time.Millisecond),
		Resend: k.Duration("resend", 5*time.Millisecond, 50*time.Millisecond),
	})
	for i := range n {
		g.propose(i, rotating.Value(fmt.Sprint("v", i)))
	}
	t := time.Duration(sim.Choose(k, "T", 0, 50, 200, 500, 1000, 2000, 3000)) * time.Millisecond
	if err := g.aim(t); err != nil {
		return err
	}
	if k.Chance("crashes", 0.5) {
		for i := range (n - 1) / 2 {
			r.World.At(k.Duration(fmt.Sprint("crash ", i), time.Millisecond, t+2*time.Millisecond), r.World.Host(fmt.Sprint("p", i)).Crash)
		}
		r.Marks.Sometimes("a minority is down", true)
	}
	decidedAt := time.Duration(-1)
	watch := func() error {
		if g.all() == nil && decidedAt < 0 {
			decidedAt = r.World.Now()
		}
		return g.decisions.Err()
	}
	if err := r.Past(t, 5*time.Millisecond, watch); err != nil {
		return err
	}
	r.Marks.Sometimes("decided before T", decidedAt >= 0)
	r.Marks.Sometimes("decided after T", decidedAt < 0)
	r.World.Shape("*", "*", sim.Link{Delay: sim.Uniform(200*time.Microsecond, time.Millisecond), Reorder: 1})
	if err := r.Settle(g.all, 5*time.Second); err != nil {
		return err
	}
	if decidedAt < 0 {
		decidedAt = r.World.Now()
	}
	r.Marks.Sometimes("a detector was wrong", g.mistakes > 0)
	r.Stats["T, ms"], r.Stats["decided, ms"] = float64(t.Milliseconds()), float64(decidedAt.Milliseconds())
	r.Stats["after T, ms"] = max(0, float64((decidedAt - t).Milliseconds()))
	return r.Past(time.Second, 100*time.Millisecond, g.look)
}

// OneAtATime overlaps two crashes, or does not.
var OneAtATime = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "one-at-a-time", Hosts: "3", Enough: 30,
	Question: `What do two failures do to a protocol made for one? Three processes, of which a majority is two. p0 is down for half a
second; p1 goes down before p0 is back, or after it; the seed draws by how much, up to 300 milliseconds either way. The
proposals come when p1 goes down. If the crashes do not overlap, all that are up must decide within 400 milliseconds. If they do, nobody may
decide while they do, and all that are up must within as long once p0 is back. The figures give the overlap and the
wait.`,
	Canon:     []string{"flp.adapt.one-failure-at-a-time"},
	Sometimes: []string{"the crashes overlap", "the crashes do not overlap"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return consensustest.Do(seed, o, consensustest.Setup{Body: oneAtATime})
	},
})

func oneAtATime(r *consensustest.Run) error {
	const back = 500 * time.Millisecond // when p0 is
	overlap := time.Duration(sim.Choose(r.Knobs, "overlap", -300, -100, -30, -10, 10, 30, 100, 200, 300)) * time.Millisecond
	g := newTurns(r, 3, rotating.Config{Heartbeat: 5 * time.Millisecond, Resend: 10 * time.Millisecond})
	down := back - overlap // when p1 goes
	hosts := []string{"p0", "p1", "p2"}
	for _, h := range hosts[:2] {
		r.World.Host(h).Crash()
	}
	if overlap <= 0 {
		r.World.Run(back)
		r.World.Host("p0").Restart()
	}
	r.World.Run(down - r.World.Now())
	for i := range hosts {
		g.propose(i, rotating.Value(hosts[i]))
	}
	if overlap > 0 {
		r.Marks.Sometimes("the crashes overlap", true)
		if err := r.Past(overlap, 5*time.Millisecond, g.look); err != nil {
			return err
		}
		if by, v := g.decisions.Decided(); len(by) > 0 {
			return fmt.Errorf("%v decided %q, and only one of three was up", by, v)
		}
		r.World.Host("p0").Restart()
	} else {
		r.Marks.Sometimes("the crashes do not overlap", true)
	}
	if err := r.Settle(g.all, 400*time.Millisecond); err != nil {
		return err
	}
	r.Stats["overlap, ms"], r.Stats["decided after, ms"] = float64(overlap.Milliseconds()), float64((r.World.Now() - down).Milliseconds())
	return g.decisions.Err()
}
