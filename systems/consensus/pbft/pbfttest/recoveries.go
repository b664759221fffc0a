package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// sleeper behaves, for the time being: nobody can suspect it. striking is the same
// intruder when he has waited long enough: he tells d another story than b, and answers
// clients wrongly, in one voice with the others of his kind.
var (
	sleeper  = Adversary{Name: "sleeping"}
	striking = Adversary{Name: "striking", Send: func(l *Liar, to node.Addr, m node.Message) {
		if r, ok := m.(*pbft.Reply); ok {
			l.Say(to, lie(r))
			return
		}
		splitting(1<<3).Send(l, to, m)
	}}
)

// watchdog recovers the hosts in turn, one at a time. It is hardware: the software on
// a host has no say in it, and is not asked whether it is suspected.
func (c *Cluster) watchdog(period time.Duration, until time.Duration) {
	for i, at := 0, period; at < until; i, at = i+1, at+period {
		host := c.hosts[i%len(c.hosts)]
		c.World.At(at, func() {
			//parley:rule pbft.recovery.window-of-vulnerability pbft.recovery.procedure value=c.Correct(host)
			due := true
			if due {
				c.Recover(host)
			}
		})
	}
}

// corrupt changes a replica's state behind its back.
func (c *Cluster) corrupt(host string) {
	if r := c.Replica(host); r != nil {
		r.Machine().Apply(1, Encode(&rsmtest.Op{ID: Probe + 7, Verb: 2, Key: "k0", Value: "corrupted"}))
	}
}

// recoveries is the knobs of a group whose members recover.
func recoveries(k *sim.Knobs) pbft.Config {
	return pbft.Config{
		ViewTimeout: 60 * time.Millisecond, StatusInterval: 25 * time.Millisecond,
		CheckpointInterval: sim.Choose(k, "interval", 4, 8), PageSize: k.Int("page-size", 8, 64),
	}
}

// Recovery has more liars over time than a group survives at a time.
var Recovery = register(aim{
	name: "recovery", hosts: "4", enough: 3,
	question: `Does proactive recovery make f a bound on a window instead of a lifetime? Intruders take over two replicas one after the other and behave like them, but for the state, which
they corrupt; a watchdog recovers all replicas in turn, whether they are suspected or not, so that never two are in an intruder's hands.
Two different replicas have been an intruder's by the end: more than the group survives at a time. Clients work all the time; replicas that were
recovered must be in the right state and take part again.`,
	canon: []string{
		"pbft.recovery.window-of-vulnerability", "pbft.recovery.procedure", "pbft.claim.two-failures-apart", "pbft.recovery.discard-old-keys",
	},
	sometimes: []string{"recovered", "checkpoint installed"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config = recoveries(k)
		t.Load.Each, t.Load.Think, t.Duration = 150, 40*time.Millisecond, 5*time.Second
		t.Script = func(t *Trial) error {
			c := t.Cluster
			c.watchdog(time.Second, 4500*time.Millisecond)
			for i, h := range []string{"a", "c"} {
				c.World.At(time.Duration(200+2000*i)*time.Millisecond, func() { c.Take(h, sleeper); c.corrupt(h) })
			}
			c.World.At(4700*time.Millisecond, func() {
				for _, h := range c.hosts {
					if !c.Correct(h) {
						c.Take(h, striking)
					}
				}
			})
			return nil
		}
		t.Judge = func(t *Trial) error {
			if n := t.Notes.Counts["recovered"]; n < 4 {
				return fmt.Errorf("%d of 4 recoveries came to their end", n)
			}
			t.Stats["recoveries"] = float64(t.Notes.Counts["recovered"])
			return nil
		}
	},
})

// NoRecovery is what happens without, and in one window.
var NoRecovery = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "no-recovery", Hosts: "4", Once: true,
	Question: `Is recovery needed, and is the window? Two replicas are taken over ten minutes apart, and the two intruders strike together. Without recovery the group must be seen
to break: correct replicas execute different batches, the client takes a lie. With both within one window, before anybody was recovered, it
must break as well. With the first recovered before the second is taken it must not.`,
	Canon: []string{"pbft.recovery.window-of-vulnerability", "pbft.claim.two-failures-apart", "pbft.limit.more-than-f-faults"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		for _, way := range []struct {
			name     string
			apart    time.Duration
			recover  bool
			survives bool
		}{
			{"without recovery", 10 * time.Minute, false, false},
			{"in one window", time.Second, true, false},
			{"with recovery", 10 * time.Minute, true, true},
		} {
			if got := intrude(seed, o, way.apart, way.recover); got != way.survives {
				r.Verdict, r.Violation = check.Violation, fmt.Sprintf("%s: the group survives: %v", way.name, got)
			}
		}
		return r
	},
})

// intrude takes a and c over, apart by some time, lets both strike, and tells whether
// the group survived.
func intrude(seed uint64, o experiment.Options, apart time.Duration, recovers bool) (survived bool) {
	t := small(4, nil)
	t.Seed, t.Options = seed, o
	t.Config.Config = recoveries(sim.NewKnobs(seed))
	t.Config.Config.StatusInterval = 100 * time.Millisecond
	t.Script = func(t *Trial) error {
		c, x := t.Cluster, t.Cluster.Clients[0]
		write := func(id uint64) *Outcome {
			o := x.Invoke(&rsmtest.Op{ID: Probe + id, Verb: 2, Key: "k", Value: "v"})
			c.Await(func() bool { return o.Done }, 5*time.Second)
			return o
		}
		c.Take("a", sleeper)
		write(1)
		if recovers {
			c.World.At(5*time.Minute, func() { c.Recover("a") })
		}
		c.World.Run(apart)
		c.Take("c", sleeper)
		write(2)
		for _, h := range c.hosts {
			if !c.Correct(h) {
				c.Take(h, striking)
			}
		}
		last := write(3)
		c.World.Run(2 * time.Second)
		survived = c.Oracle.Breaches == 0 && last.Done && string(last.Result) != string(theLie)
		return errStop
	}
	t.Run()
	return survived
}

// Laggard is cut off until the others have forgotten what it lacks.
var Laggard = register(aim{
	name: "laggard", hosts: "4", enough: 3,
	question: `Is the log bounded, and can a replica be brought up to date that needs what nobody has any more? One replica is cut off while the others execute many batches; another lies about its checkpoints
and about the parts of the state that it sends. The logs of all must stay within what the window allows at all times; when the one
comes back it must have the others' state, verified part by part, and the liar's parts refused.`,
	canon:     []string{"pbft.gc.stable-checkpoint", "pbft.gc.keep-until-proven"},
	sometimes: []string{"checkpoint installed", "part refused"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config = pbft.Config{CheckpointInterval: 8, Window: 16, PageSize: k.Int("page-size", 8, 64), ViewTimeout: 60 * time.Millisecond}
		t.Config.Clients, t.Load.Each, t.Load.Think, t.Duration = 3, 200, 4*time.Millisecond, 4*time.Second
		t.Load.Mix = workload.Register(6)
		t.Config.Liars = map[string]Adversary{"b": Misleading}
		t.Script = func(t *Trial) error {
			world := t.Cluster.World
			plan, err := sim.Parse("from 100ms to 2s partition halves d | a,b,c")
			if err != nil {
				return err
			}
			events := 0
			world.OnEvent(func() {
				if events++; events%8 != 0 {
					return // what is kept stays for longer than that
				}
				for _, h := range []string{"a", "c", "d"} {
					// Slots, P, Q and bodies of a window of 16, and two checkpoints.
					if r := t.Cluster.Replica(h); r != nil && r.LogSize() > 4*16+2 {
						t.Cluster.Oracle.breach("the log of %s holds %d things", h, r.LogSize())
					}
				}
			})
			return world.Apply(plan)
		}
	},
})
