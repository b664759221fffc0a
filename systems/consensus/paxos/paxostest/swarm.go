package paxostest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Agreement is the experiment that looks for anything.
var Agreement = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "agreement", Hosts: "3 to 7",
	Question: `Is at most one value chosen, whatever happens? Several decisions go on in one world of 3 to 7
acceptors, each with up to three proposers that get different values from clients, and learners told by one of
the three schemes; roles share hosts or have their own. Messages are lost, doubled, delayed and overtake each
other, hosts crash at any moment, also between writing and answering, and come back; all knobs are drawn. An
oracle hears every message that leaves and knows what was chosen: one value, somebody's, never replaced; every
higher proposal carries it; no number is used twice; nobody announces what was not chosen. When all is mended,
every learner and every client knows.`,
	Canon: []string{
		"paxos.safety.single-value-chosen", "paxos.safety.only-proposed-chosen", "paxos.safety.learn-only-chosen",
		"paxos.roles.proposer-acceptor-learner", "paxos.number.unique-and-increasing", "paxos.proposer.accept-and-decide",
		"paxos.invariant.higher-proposals-carry-chosen-value", "paxos.liveness.conditional-termination",
		"paxos.acceptor.durable-state", "paxos.acceptor.promise", "paxos.acceptor.accept", "paxos.claim.acceptors-may-differ",
	},
	Params: []experiment.Param{
		{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
		{Name: "decisions", Kind: experiment.Int, Doc: "how many decisions", Shrink: true, Least: 1},
		{Name: "acceptors", Kind: experiment.Int, Doc: "3 to 7 if not set", Shrink: true, Least: 3},
	},
	Sometimes: []string{
		"acceptors accepted different values", "a proposal was rejected", "a higher proposal repeated the chosen value",
		"roles on hosts of their own", "an acceptor accepted three proposals",
	},
	Run: runSwarm,
})

func runSwarm(seed uint64, o experiment.Options) experiment.Result {
	k, set := sim.NewKnobs(seed), o.Settings()
	s := &swarm{
		duration:  set.Duration("duration", k.Duration("duration", 200*time.Millisecond, 4*time.Second)),
		decisions: set.Int("decisions", k.Int("decisions", 1, 12)),
	}
	s.layout(k, set.Int("acceptors", k.Int("acceptors", 3, 7)))
	plan := sim.Swarm(seed, s.hosts, s.duration)
	plan = append(plan, s.aimed(k)...)
	return consensustest.Do(seed, o, consensustest.Setup{
		Sim: sim.Config{Link: sim.Link{
			Delay:   sim.LongTail(k.Duration("delay", 200*time.Microsecond, 10*time.Millisecond), 500*time.Millisecond),
			Reorder: sim.Choose(k, "reorder", 0, 0.3, 1.0), Duplicate: sim.Choose(k, "twice", 0, 0, 0.2),
		}},
		Plan: plan, Params: set.Used(), Body: s.perform,
	})
}

type swarm struct {
	duration  time.Duration
	decisions int
	hosts     []string
	roles     Layout
	groups    []*Group
	clients   []*Client
}

// layout draws who plays what.
func (s *swarm) layout(k *sim.Knobs, acceptors int) {
	s.roles.Acceptors = names("a", acceptors)
	proposers, learners := k.Int("proposers", 1, 3), k.Int("learners", 1, 4)
	if k.Chance("combined", 0.5) {
		s.roles.Proposers = s.roles.Acceptors[:proposers]
		s.roles.Learners = s.roles.Acceptors[:min(learners, acceptors)]
	} else {
		s.roles.Proposers, s.roles.Learners = names("p", proposers), names("l", learners)
	}
	s.hosts = slices.Clone(s.roles.Acceptors)
	for _, h := range slices.Concat(s.roles.Proposers, s.roles.Learners) {
		if !slices.Contains(s.hosts, h) {
			s.hosts = append(s.hosts, h)
		}
	}
}

// aimed are crashes in the windows that matter: around what was promised,
// accepted or numbered a moment ago.
func (s *swarm) aimed(k *sim.Knobs) sim.Plan {
	var lines []string
	for _, m := range []string{"paxos.Prepare", "paxos.Promise", "paxos.Accept", "paxos.Accepted"} {
		if k.Chance("aim at "+m, 0.4) {
			lines = append(lines, fmt.Sprintf("from 0s to %v on send %s of * with %.3f crash; restart after %v",
				s.duration/5*4, m, sim.Choose(k, "chance "+m, 0.01, 0.05, 0.2), k.Duration("down "+m, time.Millisecond, 100*time.Millisecond)))
		}
	}
	plan, err := sim.Parse(strings.Join(lines, "\n"))
	if err != nil {
		panic(err)
	}
	return plan
}

func (s *swarm) config(k *sim.Knobs) paxos.Config {
	return paxos.Config{
		Distinguished: k.Int("distinguished", 0, len(s.roles.Learners)),
		Announce:      k.Chance("announce", 0.5),
		Elect:         k.Chance("elect", 0.3),
		Retry:         k.Duration("retry", 5*time.Millisecond, 200*time.Millisecond),
		Backoff:       k.Duration("backoff", 2*time.Millisecond, 100*time.Millisecond),
		Inquiry:       k.Duration("inquiry", 10*time.Millisecond, 300*time.Millisecond),
		Heartbeat:     k.Duration("heartbeat", 5*time.Millisecond, 50*time.Millisecond),
	}
}

func (s *swarm) perform(r *consensustest.Run) error {
	cfg := s.config(r.Knobs)
	for i := range s.decisions {
		l := s.roles
		l.Instance = fmt.Sprint("-", i)
		g := NewGroup(r, l, cfg)
		s.groups = append(s.groups, g)
		for j, a := range g.Config.Proposers {
			c := &Client{
				proposers: []node.Addr{a}, value: paxos.Value(fmt.Sprintf("value %d of decision %d", j, i)),
				wait: s.duration * time.Duration(i) / time.Duration(s.decisions),
			}
			if j == 0 {
				c.proposers = g.Config.Proposers
			}
			s.clients = append(s.clients, c)
			r.World.Host("clients").Serve(fmt.Sprintf("client-%d-%d", i, j), func() node.Node { return c })
		}
	}
	if err := r.Follow(); err != nil {
		return err
	}
	if err := r.Past(s.duration, 50*time.Millisecond, s.broken); err != nil {
		return err
	}
	r.World.Heal()
	if err := r.Settle(s.rest, 2*time.Minute); err != nil {
		return err
	}
	s.count(r)
	return nil
}

func (s *swarm) broken() error {
	for _, g := range s.groups {
		if g.Oracle.err != nil {
			return g.Oracle.err
		}
	}
	return nil
}

// rest is where a mended world has to come to.
func (s *swarm) rest() error {
	for _, g := range s.groups {
		if err := g.Learned(); err != nil {
			return err
		}
	}
	for _, c := range s.clients {
		if c.outcome == "" {
			return fmt.Errorf("a client has no outcome for %q", c.value)
		}
	}
	return s.broken()
}

func (s *swarm) count(r *consensustest.Run) {
	r.Marks.Sometimes("roles on hosts of their own", s.roles.Proposers[0] == "p")
	for _, g := range s.groups {
		o := g.Oracle
		r.Marks.Sometimes("acceptors accepted different values", o.values() > 1)
		r.Marks.Sometimes("a proposal was rejected", o.rejects > 0)
		r.Marks.Sometimes("a higher proposal repeated the chosen value", len(o.chosen) > 1)
		by := map[node.Addr]int{}
		for _, acceptors := range o.accepted {
			for a := range acceptors {
				by[a]++
			}
		}
		for _, n := range by {
			r.Marks.Sometimes("an acceptor accepted three proposals", n > 2)
		}
		r.Stats["attempts"] += float64(len(o.prepares))
	}
	r.Stats["decisions"] = float64(s.decisions)
}

// names returns a, a1, a2 and so on.
func names(first string, n int) []string {
	all := make([]string, n)
	for i := range all {
		if all[i] = first; i > 0 {
			all[i] = fmt.Sprint(first, i)
		}
	}
	return all
}
