package multipaxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// scripted sets up a trial that a script plays alone.
func scripted(t *rsmtest.Trial, script func(*rsmtest.Stage) error) {
	t.Load.Clients, t.Duration = 0, time.Millisecond
	t.Script = func(t *rsmtest.Trial) error { return script(&rsmtest.Stage{T: t}) }
}

// ActingLeaders cuts a leader off, and looks who believes what.
var ActingLeaders = rsmtest.Aim{
	System: "multipaxos", Name: "acting-leaders", Hosts: "3 to 5",
	Question: `Can there be two leaders at one moment? A leader is cut off, the others elect another, and clients on both
sides ask and write. Without leases (every other seed) both believe that they lead and take commands; the old
one gets none of them chosen, and when the cut is mended it yields, so agreement holds: what is unique is the
ballot that a majority backs. With leases the old one may still believe, too, but at no instant do two of them
act, that is, answer alone: the new one's lease begins after the old one's has run out.`,
	Canon: []string{
		"multipaxos.claim.more-than-one-leader", "multipaxos.claim.leases-prevent-split-brain", "multipaxos.lease.new-leader-waits",
	},
	Sometimes: []string{"two believed that they led, without leases", "two believed that they led, one with a lease"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.NoLease = t.Seed%2 == 0
		t.Config.Hosts = rsmtest.Names(sim.Choose(k, "hosts", 3, 5))
		t.Config.Engine = engine(cfg)
		t.Config.Watch = oneHolder(t)
		span := k.Duration("cut", 120*time.Millisecond, 400*time.Millisecond)
		scripted(t, func(s *rsmtest.Stage) error { return cutOff(s, cfg, span) })
	},
}.Register()

// cutOff plays ActingLeaders.
func cutOff(s *rsmtest.Stage, cfg multipaxos.Config, span time.Duration) error {
	old := s.Calm()
	s.Execute(old, 1)
	s.Run(2 * cfg.Timeout)
	if s.Err != nil {
		return s.Err
	}
	others := without(s.T.Config.Hosts, old)
	s.Cut(old, others)
	cut := s.World().Now()
	lost := s.Propose(old, 2)
	if cfg.NoLease {
		s.Run(cfg.Timeout / 5)
		s.Suspect(others[:1])
	}
	believers, acted, took := false, time.Duration(0), time.Duration(0)
	for s.Err == nil && s.World().Now() < cut+span {
		s.Run(time.Millisecond)
		leading, holding := 0, false
		for _, h := range s.T.Config.Hosts {
			r := s.T.Cluster.Replica(h)
			if r.Status().Role != rsm.Leading {
				continue
			}
			leading++
			switch {
			case h == old && r.Engine().HoldsLease():
				acted = s.World().Now()
			case h != old && r.Engine().HoldsLease() && took == 0:
				took = s.World().Now()
			}
			holding = holding || r.Engine().HoldsLease()
		}
		if leading > 1 {
			believers = true
			s.T.Marks.Sometimes("two believed that they led, without leases", cfg.NoLease)
			s.T.Marks.Sometimes("two believed that they led, one with a lease", holding)
		}
	}
	if s.Err != nil {
		return s.Err
	}
	switch {
	case lost.Done && lost.Err == nil:
		return fmt.Errorf("a leader that is cut off had a command executed")
	case cfg.NoLease && !believers && span > 150*time.Millisecond:
		return fmt.Errorf("without leases, nobody else led beside the old leader in %v", span)
	case took > 0 && took <= acted:
		return fmt.Errorf("the new lease was held at %v, and the old one until %v", took, acted)
	}
	if took > 0 {
		s.T.Stats["nobody acted, ms"] = float64(took-acted) / 1e6
	}
	s.Mend()
	now := s.Calm()
	s.Execute(now, 3)
	return s.Err
}

// without returns the other hosts, with commas.
func without(hosts []string, host string) (others string) {
	for _, h := range hosts {
		if h != host {
			if others != "" {
				others += ","
			}
			others += h
		}
	}
	return others
}

// FirstLeads has all be candidates at once.
var FirstLeads = rsmtest.Aim{
	System: "multipaxos", Name: "first-leads", Hosts: "5",
	Question: `Who leads when all want to? Five replicas begin at the same time and become candidates within one timeout.
The first of which a majority accepts a proposal leads, and the rest defer to it: for as long as it is heard of
nobody else campaigns. That is a convention, and does not say what happens when it fails: then it is suspected,
after a time that is random, and another leads.`,
	Canon:     []string{"multipaxos.faq.first-accepted-proposer-leads", "multipaxos.leader.election-and-liveness"},
	Sometimes: []string{"several candidates at first"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.HeartbeatInterval = cfg.Timeout / 10
		t.Config.Hosts = rsmtest.Names(5)
		t.Config.Engine = engine(cfg)
		t.Config.Sim.Link.Delay = sim.Uniform(100*time.Microsecond, k.Duration("delay", 500*time.Microsecond, 5*time.Millisecond))
		scripted(t, func(s *rsmtest.Stage) error { return firstLeads(s, cfg) })
	},
}.Register()

// firstLeads plays FirstLeads.
func firstLeads(s *rsmtest.Stage, cfg multipaxos.Config) error {
	campaigns := 0
	s.T.Notes.Hear = func(e *trace.Event) {
		if e.Kind == trace.Note && e.What == "campaign" {
			campaigns++
		}
	}
	for id, host := range s.T.Config.Hosts {
		s.Propose(host, uint64(id)+1)
	}
	first := node.Addr("")
	s.Until("a majority accepts a proposal", func() bool {
		for _, host := range s.T.Config.Hosts {
			r := s.T.Cluster.Replica(host)
			if r.Status().Committed > 0 && r.Engine().(*multipaxos.Paxos).Leads() {
				first = r.Status().Self
			}
		}
		return first != ""
	})
	s.T.Marks.Sometimes("several candidates at first", campaigns > 1)
	if now := s.Calm(); s.Err == nil && now != first.Host() {
		return fmt.Errorf("%s had the first proposal accepted, and %s leads", first.Host(), now)
	}
	campaigns = 0
	s.Run(20 * cfg.Timeout)
	if s.Err == nil && (campaigns > 0 || s.T.Cluster.Leader() != first.Host()) {
		return fmt.Errorf("%d candidacies against a leader that is heard of", campaigns)
	}
	s.Crash(first.Host())
	s.Until("another leads", func() bool { return s.T.Cluster.Leader() != "" })
	s.Restart(first.Host())
	return s.Err
}

// Races compares a group with a leader to one in which everybody proposes.
var Races = rsmtest.Aim{
	System: "multipaxos", Name: "races", Hosts: "3",
	Question: `What does a leader change about races? First all commands go through one leader: no proposal is refused.
Then each of three replicas proposes its own, after a first phase of its own, at the same time: many are refused
for each value that is chosen. Then one is cut off while another takes over: both believe that they lead, and
when they meet again the race is back until one yields.`,
	Canon: []string{"multipaxos.faq.leader-removes-races"},
	Draw: func(_ *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.NoLease = true
		t.Config.Engine = engine(cfg)
		scripted(t, playRaces)
	},
}.Register()

// proposeAll has every replica propose a command of its own, and be a candidate until
// that is executed, instead of handing it to whoever leads.
func proposeAll(s *rsmtest.Stage, first uint64) {
	var all []*rsmtest.Outcome
	for i, host := range s.T.Config.Hosts {
		all = append(all, s.Propose(host, first+uint64(i)))
	}
	for round := 0; s.Err == nil && round < 100; round++ {
		waiting := false
		for i, host := range s.T.Config.Hosts {
			if !all[i].Done {
				waiting = true
				s.Suspect(host)
			}
		}
		s.Run(time.Duration(3+(int(first)+round)%8) * time.Millisecond)
		if !waiting {
			return
		}
	}
	s.Until("all commands are executed", func() bool { return all[0].Done && all[1].Done && all[2].Done })
}

// races is how many commands are chosen in each part.
const races = 30

func playRaces(s *rsmtest.Stage) error {
	refused := func() int { return s.T.Notes.Counts["send multipaxos.Refuse"] }
	s.Calm()
	s.Run(10 * quick.Timeout) // what another candidate of the first moment sent is through
	leader := s.Calm()
	began, id := refused(), uint64(0)
	for range races {
		id++
		s.Execute(leader, id)
	}
	led := refused() - began
	began = refused()
	for range races / 3 {
		id += 3
		proposeAll(s, id-2)
	}
	raced := refused() - began
	leader = s.Calm()
	other := without(s.T.Config.Hosts, leader)
	s.Cut(leader, other)
	s.Run(5 * time.Millisecond)
	s.Elect(other[:1])
	began = refused()
	s.Mend()
	s.Propose(leader, id+1) // by one that does not know yet
	s.Calm()
	met := refused() - began
	s.Run(time.Second)
	began = refused()
	s.Run(2 * time.Second)
	if s.Err != nil {
		return s.Err
	}
	s.T.Stats["refused per value, one leader"] = float64(led) / races
	s.T.Stats["refused per value, all propose"] = float64(raced) / races
	s.T.Stats["refused when two leaders met"] = float64(met)
	switch {
	case led > 0:
		return fmt.Errorf("%d proposals of an unopposed leader were refused", led)
	case raced < races/3:
		return fmt.Errorf("only %d proposals were refused for %d values that all proposed", raced, races)
	case met == 0:
		return fmt.Errorf("two leaders met and neither was refused")
	case refused() > began:
		return fmt.Errorf("after one yielded, %d proposals were refused", refused()-began)
	}
	return nil
}
