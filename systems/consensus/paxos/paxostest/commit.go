package paxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// TwoPhase holds Paxos that needs everybody against two-phase commit.
var TwoPhase = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "two-phase", Hosts: "4 to 8", Enough: 40,
	Question: `Is two-phase commit Paxos with one proposer and a quorum of all? The seed draws 3 to 7 nodes. Without faults both
must send the same number of messages of each of four kinds. Then one node, or the coordinator, crashes for good at a moment
drawn, the same in both: both are blocked, or neither is. Where the likeness ends: a participant that votes no stops the
commit, while nothing an acceptor could say keeps a value from being chosen.`,
	Canon:     []string{"paxos.vs-2pc.special-case"},
	Sometimes: []string{"both blocked", "neither blocked", "the coordinator crashes"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		p := &pair{hosts: names("n", k.Int("nodes", 3, 7))}
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim:  sim.Config{Link: sim.Link{Delay: sim.Constant(time.Millisecond)}, Fsync: sim.Constant(time.Microsecond)},
			Body: p.perform,
		})
	},
})

// pair is a decision of each kind on the same hosts.
type pair struct {
	hosts        []string
	group        *Group
	coordinator  *coordinator
	participants []*participant
}

// begin starts both. The coordinator is on a host of its own, as is the proposer.
func (p *pair) begin(r *consensustest.Run, name string, refuses int) {
	l := Layout{Acceptors: p.hosts, Proposers: []string{"c"}, Learners: []string{"c"}, Instance: name}
	p.group = NewGroup(r, l, paxos.Config{Quorum: len(p.hosts), Retry: never, Inquiry: never})
	p.participants = nil
	var all []node.Addr
	for i, h := range p.hosts {
		part := &participant{refuses: i == refuses}
		p.participants = append(p.participants, part)
		all = append(all, r.World.Host(h).Serve("participant"+name, func() node.Node { return part }))
	}
	p.coordinator = newCoordinator(all, never)
	p.group.Submit(0, "commit")
	r.World.Host("c").Serve("coordinator"+name, func() node.Node { return p.coordinator })
}

func (p *pair) perform(r *consensustest.Run) error {
	p.begin(r, "-1", -1)
	r.World.Run(50 * time.Millisecond)
	for mine, theirs := range map[string]string{
		"paxos.Prepare": "paxostest.voteRequest", "paxos.Promise": "paxostest.vote",
		"paxos.Accept": "paxostest.outcome",
	} {
		if a, b := r.Ear.Sent[mine], r.Ear.Sent[theirs]; a != b || a != len(p.hosts) {
			return fmt.Errorf("%d %s and %d %s among %d nodes", a, mine, b, theirs, len(p.hosts))
		}
	}
	// The proposer's host has the learner too, so acceptors say it twice there.
	if a, b := r.Ear.Sent["paxos.Accepted"], r.Ear.Sent["paxostest.acknowledgement"]; a != 2*b || b != len(p.hosts) {
		return fmt.Errorf("%d Accepted and %d acknowledgements", a, b)
	}
	if err := p.refused(r); err != nil {
		return err
	}
	return p.crashed(r)
}

// refused lets one participant vote no.
func (p *pair) refused(r *consensustest.Run) error {
	p.begin(r, "-2", 0)
	r.World.Run(50 * time.Millisecond)
	if p.participants[1].committed || len(p.group.Oracle.chosen) == 0 {
		return fmt.Errorf("one votes no: committed %v, chosen %v; the vote was to stop the one and not the other",
			p.participants[1].committed, p.group.Oracle.chosen)
	}
	return nil
}

// crashed crashes the same host of both.
func (p *pair) crashed(r *consensustest.Run) error {
	p.begin(r, "-3", -1)
	victim := r.Knobs.Int("victim", 0, len(p.hosts))
	host := append([]string{"c"}, p.hosts...)[victim]
	hop := time.Duration(r.Knobs.Int("hop", 0, 5))
	r.World.Run(hop*time.Millisecond + 500*time.Microsecond)
	r.World.Host(host).Crash()
	r.World.Run(time.Minute)
	paxosDone, commitDone := p.group.Oracle.decided, p.coordinator.done()
	r.Marks.Sometimes("both blocked", !paxosDone && !commitDone)
	r.Marks.Sometimes("neither blocked", paxosDone && commitDone)
	r.Marks.Sometimes("the coordinator crashes", victim == 0)
	if paxosDone != commitDone {
		return fmt.Errorf("%s crashed after %d hops: Paxos with a quorum of all finished: %v, two-phase commit: %v", host, hop, paxosDone, commitDone)
	}
	return p.group.Oracle.err
}

// Availability compares how often each can finish.
var Availability = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "availability", Hosts: "5", Enough: 20,
	Question: `How much less does Paxos block? In each of ten spells every one of five hosts is up with a probability that the seed draws,
and a decision of each kind is wanted: Paxos with a proposer on every host, two-phase commit with the first for its
coordinator. Paxos must finish exactly if a majority is up, two-phase commit exactly if all are. The figures are the
shares of spells in which each was blocked, and what the binomial distribution expects.`,
	Canon:     []string{"paxos.vs-2pc.blocks-less"},
	Sometimes: []string{"only Paxos finishes", "both are blocked", "both finish"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return consensustest.Do(seed, o, consensustest.Setup{Body: availability})
	},
})

const spells = 10

func availability(r *consensustest.Run) error {
	up := sim.Choose(r.Knobs, "up", 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
	hosts := names("n", 5)
	blocked := map[string]int{}
	for i := range spells {
		name := fmt.Sprint("-", i)
		alive := 0
		for _, h := range hosts {
			if r.Knobs.Chance(h+name, up) {
				alive++
			} else if r.World.Host(h).Up() {
				r.World.Host(h).Crash()
			}
		}
		paxosDone, commitDone, err := spell(r, hosts, name)
		if err != nil {
			return err
		}
		if paxosDone != (alive >= 3) || commitDone != (alive == 5) {
			return fmt.Errorf("%d of 5 are up: Paxos finished: %v, two-phase commit: %v", alive, paxosDone, commitDone)
		}
		r.Marks.Sometimes("only Paxos finishes", paxosDone && !commitDone)
		r.Marks.Sometimes("both are blocked", !paxosDone && !commitDone)
		r.Marks.Sometimes("both finish", paxosDone && commitDone)
		if !paxosDone {
			blocked["paxos"]++
		}
		if !commitDone {
			blocked["two-phase commit"]++
		}
		for _, h := range hosts {
			if !r.World.Host(h).Up() {
				r.World.Host(h).Restart()
			}
		}
	}
	for _, who := range []string{"paxos", "two-phase commit"} {
		r.Stats["blocked: "+who] = float64(blocked[who]) / spells
	}
	r.Stats["up"] = up
	r.Stats["expected: paxos"] = 1 - up*up*up*(10*(1-up)*(1-up)+5*up*(1-up)+up*up)
	r.Stats["expected: two-phase commit"] = 1 - up*up*up*up*up
	return nil
}

// spell wants one decision of each kind of the hosts that are up.
func spell(r *consensustest.Run, hosts []string, name string) (paxosDone, commitDone bool, err error) {
	g := NewGroup(r, Layout{Acceptors: hosts, Proposers: hosts, Learners: hosts, Instance: name},
		paxos.Config{Retry: 20 * time.Millisecond, Backoff: 20 * time.Millisecond, Inquiry: time.Second, Announce: true})
	var all []node.Addr
	for _, h := range hosts {
		all = append(all, r.World.Host(h).Serve("participant"+name, func() node.Node { return &participant{} }))
	}
	c := newCoordinator(all, 20*time.Millisecond)
	r.World.Host(hosts[0]).Serve("coordinator"+name, func() node.Node { return c })
	for i := range hosts {
		g.Submit(i, paxos.Value(fmt.Sprint("v", i)))
	}
	if err := r.Past(time.Second, time.Second, func() error { return g.Oracle.err }); err != nil {
		return false, false, err
	}
	return g.Oracle.decided, r.World.Host(hosts[0]).Up() && c.done(), nil
}
