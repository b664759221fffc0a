package agreement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Day is something bad that happens to a group.
type Day struct {
	Name string
	// Short stands below the axis of a figure.
	Short string
	// fault says what happens, given who orders commands, another replica, and how
	// many faulty ones the group survives.
	fault func(leader string, others []string, survives int) string
}

// Days are ten bad ones, after one without faults to compare with.
var Days = []Day{
	{"nothing happens", "none", func(string, []string, int) string { return "" }},
	{"the leader crashes for 5 s", "leader\ncrashes", func(l string, _ []string, _ int) string { return "at 10s crash " + l + "; restart after 5s" }},
	{"another crashes for 5 s", "other\ncrashes", func(_ string, o []string, _ int) string { return "at 10s crash " + o[len(o)-1] + "; restart after 5s" }},
	{"the leader is cut off for 5 s", "leader\ncut off", func(l string, _ []string, _ int) string { return "at 10s for 5s partition isolate " + l }},
	{"the leader is deaf for 5 s", "leader\ndeaf", func(l string, o []string, _ int) string {
		return "at 10s for 5s partition one-way " + strings.Join(o, ",") + " -> " + l
	}},
	{"the leader stands still for 5 s", "leader\nstands still", func(l string, _ []string, _ int) string { return "at 10s for 5s pause " + l }},
	{"a fifth of all messages is lost for 10 s", "loss", func(string, []string, int) string { return "at 10s for 10s loss 0.2 links *" }},
	{"messages are late and out of order for 10 s", "disorder", func(string, []string, int) string {
		return "at 10s for 10s reorder 0.5 links *\nat 10s for 10s delay 5ms..50ms links *"
	}},
	{"the leader's disk takes 100 ms for 10 s", "slow\ndisk", func(l string, _ []string, _ int) string { return "at 10s for 10s disk " + l + " fsync 100ms" }},
	{"power fails everywhere for 1 s", "power\nloss", func(string, []string, int) string { return "at 10s power-loss; restart after 1s" }},
	{"one more crashes than it survives, for 5 s", "f+1\ncrash", func(l string, o []string, survives int) string {
		down := append([]string{l}, o[:survives]...)
		return "at 10s crash " + strings.Join(down, ",") + "; restart after 5s"
	}},
}

// Seen is what a day was like for clients.
type Seen struct {
	Day string
	// Outage is the longest time in which no operation ended well.
	Outage time.Duration
	// Done is how many did, of those of a day on which nothing happens.
	Done float64
	// Verdict is that of the judges over history and replicas.
	Verdict   check.Verdict
	Violation string

	done int
}

const (
	begin = 8 * time.Second // clients begin, at a group that is at rest
	end   = 40 * time.Second
)

// Live puts a group through all days. Clients make reads and writes one after the
// other, each from a host of its own. They ask again every half second, and give an
// operation up after two, so that how long nobody is answered is the group's doing
// (a client with more time also has more patience: package rsm).
func (p Protocol) Live() ([]Seen, error) {
	var all []Seen
	for _, d := range Days {
		s, err := p.through(d)
		if err != nil {
			return nil, fmt.Errorf("agreement: %s, %s: %w", p.Name, d.Name, err)
		}
		if len(all) == 0 {
			s.Done = 1
		} else {
			s.Done = float64(s.done) / float64(all[0].done)
		}
		all = append(all, s)
	}
	return all, nil
}

func (p Protocol) through(d Day) (Seen, error) {
	n := p.Sizes[0]
	t := &rsmtest.Trial{
		Seed: 1, Config: rsmtest.Options{Hosts: rsmtest.Names(n)}, Duration: end - begin,
		Load: rsmtest.Load{
			Seed: 1, Clients: 4, Each: 4000, Mix: workload.Register(8), Think: 20 * time.Millisecond, Patience: 2 * time.Second,
			Levels: []rsm.Level{rsm.Linearizable}, Remote: true, Retry: 500 * time.Millisecond,
		},
	}
	t.Config.Sim.Link.Delay = sim.Uniform(500*time.Microsecond, 1500*time.Microsecond)
	p.into(t)
	script := t.Script
	t.Script = func(t *rsmtest.Trial) error {
		if script != nil {
			if err := script(t); err != nil {
				return err
			}
		}
		t.Cluster.World.Run(begin)
		return befall(t, d, p.Survives(n))
	}
	r := t.Run()
	if t.Clients == nil {
		return Seen{}, fmt.Errorf("the day did not begin: %s", r.Violation)
	}
	s := Seen{Day: d.Name, Verdict: r.Verdict, Violation: r.Violation}
	s.Outage, s.done = outage(t.Clients.History.History())
	return s, nil
}

// befall decides what will happen, now that it is known who leads.
func befall(t *rsmtest.Trial, d Day, survives int) error {
	leader := t.Cluster.Leader()
	if leader == "" {
		return fmt.Errorf("nobody leads after %v", begin)
	}
	var others []string
	for _, h := range t.Config.Hosts {
		if h != leader {
			others = append(others, h)
		}
	}
	plan, err := rsmtest.ParsePlan(d.fault(leader, others, survives))
	t.Plan = plan
	return err
}

// outage returns the longest time between two operations that ended well, and how
// many did before the day was over.
func outage(h rsmtest.History) (longest time.Duration, done int) {
	last := begin
	for _, at := range returns(h) {
		longest, last, done = max(longest, at-last), at, done+1
	}
	return max(longest, end-last), done
}

// returns are the times at which operations ended well during the day, in order.
func returns(h rsmtest.History) (all []time.Duration) {
	for i := range h {
		if h[i].Outcome == workload.OK && h[i].Return <= end {
			all = append(all, h[i].Return)
		}
	}
	slices.Sort(all)
	return all
}
