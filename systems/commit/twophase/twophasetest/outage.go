package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Outage takes the coordinator away for a while, at the worst moment.
var Outage = script{
	name: "outage", hosts: "3 to 6",
	text: `For how long is everybody blocked when a coordinator goes away? It crashes when all have voted yes, for up to a
minute. By itself, it keeps its participants in doubt, and their accounts locked, for as long as it is away: others who
want these accounts are refused all the time. With its decisions in a replicated log, on three hosts, another coordinator
ends the transaction, and the accounts are free after about an election and a question, however long the outage is.
So it is with parallel commit, where the others' votes say what was decided. (Questions are asked less and less often, every
2.4 s in the end.)`,
	canon: []string{"twophase.tradeoff.waits-for-reboot"},
	play: func(p *play) error {
		for _, outage := range []time.Duration{0, time.Second, 5 * time.Second, 20 * time.Second, time.Minute} {
			for _, how := range []string{"alone", "replicated", "parallel"} {
				if err := p.compare(outage, how); err != nil {
					return fmt.Errorf("%s: %w", how, err)
				}
			}
		}
		return nil
	},
}.register()

// compare measures one outage, and demands that it blocks for as long as it should.
func (p *play) compare(outage time.Duration, how string) error {
	d, err := p.outage(outage, how)
	if err != nil {
		return err
	}
	p.result.Stats[fmt.Sprintf("blocked s, outage %02.0f s, %s", outage.Seconds(), how)] = d.blocked.Seconds()
	p.result.Stats[fmt.Sprintf("others refused, outage %02.0f s, %s", outage.Seconds(), how)] = float64(d.refused)
	if how == "alone" {
		return demand(d.blocked >= outage && d.blocked <= outage+3*time.Second, "an outage of %v blocks for %v", outage, d.blocked)
	}
	return demand(d.blocked <= 5*time.Second, "an outage of %v blocks for %v", outage, d.blocked)
}

// damage is what an outage did.
type damage struct {
	blocked time.Duration // from the crash until no account is locked
	refused int           // transactions of others meanwhile
}

// outage has a transfer voted on by all, crashes its coordinator then, and
// measures for how long the accounts stay locked.
func (p *play) outage(length time.Duration, how string) (d damage, err error) {
	cfg := twophase.Config{DoubtTimeout: 300 * time.Millisecond, ResendAfter: 100 * time.Millisecond, Parallel: how == "parallel"}
	coordinate := alone(cfg)
	if how != "alone" {
		coordinate = replicated(cfg, 3, raft.Config{ElectionTimeout: 200 * time.Millisecond}, rsm.ClientConfig{RetryAfter: 200 * time.Millisecond})
	}
	o := newOracle(p.options.Trace)
	c := p.config()
	c.Link = sim.Link{Delay: sim.Constant(time.Millisecond)}
	k := newCluster(c, o, 2, 1, cfg, coordinate)
	defer k.World.Close()
	k.World.Run(2 * time.Second) // a leader, if there is to be one
	t := k.tellerAt(newTeller(p.seed, 1, 0))
	doubted := func() bool { return len(k.participant("a").InDoubt()) == 1 && len(k.participant("b").InDoubt()) == 1 }
	if !k.World.RunUntil(doubted, 10*time.Second) {
		return d, fmt.Errorf("nobody ever was in doubt")
	}
	host := k.Coordinators[0].Host()
	if len(t.transfers) > 0 {
		host = t.transfers[0].tx.Coordinator.Host()
	}
	k.World.Host(host).Crash()
	crashed := k.World.Now()
	k.World.After(length, k.World.Host(host).Restart)
	other := k.tellerAt(newTeller(p.seed+1, 1<<20, 100*time.Millisecond))
	free := k.World.RunUntil(func() bool { return !stillInDoubt(k, t) }, length+20*time.Second)
	d.blocked, d.refused = k.World.Now()-crashed, other.failed+other.unknown
	other.count = 0
	k.World.Heal()
	if !free {
		return d, fmt.Errorf("an outage of %v has the accounts locked for good", length)
	}
	if err := k.World.Converge(k.quiet, wholeRun); err != nil {
		return d, fmt.Errorf("liveness: %w", err)
	}
	p.end(k.World)
	return d, k.balanced()
}

// stillInDoubt tells whether some participant is, about a teller's transfer.
func stillInDoubt(k *Cluster, t *teller) bool {
	for _, h := range k.Banks {
		for _, tx := range k.participant(h).InDoubt() {
			if tx == t.transfers[0].tx {
				return true
			}
		}
	}
	return false
}

// ParticipantDown keeps one participant away.
var ParticipantDown = script{
	name: "participant-down", hosts: "4",
	text: `What goes on while one participant is down? Transactions that it takes part in end, none with a commit; those of
the other banks commit as ever. When it is back, its own commit again.`,
	canon: []string{"twophase.claim.participant-failure-stops-new-transaction"},
	play: func(p *play) error {
		for _, v := range variants {
			if err := p.participantDown(v); err != nil {
				return fmt.Errorf("%w (%v)", err, v)
			}
		}
		return nil
	},
}.register()

func (p *play) participantDown(v twophase.Variant) error {
	cfg := twophase.Config{Variant: v, VoteTimeout: 200 * time.Millisecond}
	k := newCluster(p.config(), newOracle(p.options.Trace), 3, 20, cfg, alone(cfg))
	defer k.World.Close()
	k.World.Host("d").Crash()
	others := k.tellerAt(newTeller(p.seed, 20, 100*time.Millisecond))
	others.banks = []string{"a", "b"}
	its := k.tellerAt(newTeller(p.seed+1, 5, 100*time.Millisecond))
	its.banks = []string{"a", "d"}
	through := k.World.RunUntil(func() bool { return others.over && its.over }, time.Minute)
	if err := all(
		demand(through, "a transaction does not end although only a participant is down"),
		demand(its.committed == 0, "%d transactions committed although a participant was down", its.committed),
		demand(its.failed == 5, "of 5 transactions %d were aborted", its.failed),
		demand(others.committed > 15, "of 20 transactions among other banks %d committed", others.committed),
	); err != nil {
		return err
	}
	k.World.Heal()
	again := k.tellerAt(newTeller(p.seed+2, 5, 100*time.Millisecond))
	again.banks = its.banks
	if err := k.World.Converge(k.quiet, wholeRun); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	p.end(k.World)
	return all(demand(again.committed == 5, "of 5 transactions %d committed when all were up", again.committed), k.balanced())
}

// Healthy measures what nothing disturbs.
var Healthy = script{
	name: "healthy", hosts: "3 to 7",
	text: `Does a transaction commit if nothing fails and all vote yes? Delays are below the timeouts, and constant, so
that the time is exact: participants have carried it out after two round trips and three syncs from the coordinator's
first message (one sync more if the first phase is logged), and the client has heard after one and a half.`,
	canon: []string{"twophase.guarantee.commit-when-healthy"},
	play: func(p *play) error {
		for _, v := range variants {
			for n := 2; n <= 6; n++ {
				if err := p.healthy(v, n); err != nil {
					return fmt.Errorf("%w (%v, %d participants)", err, v, n)
				}
			}
		}
		return nil
	},
}.register()

const (
	trip = 5 * time.Millisecond
	sync = time.Millisecond
)

func (p *play) healthy(v twophase.Variant, n int) error {
	cfg := twophase.Config{Variant: v}
	c := p.config()
	c.Link, c.Fsync = sim.Link{Delay: sim.Constant(trip)}, sim.Constant(sync)
	o := newOracle(p.options.Trace)
	k := newCluster(c, o, n, 1, cfg, alone(cfg))
	defer k.World.Close()
	probe := &wide{k: k}
	k.World.Host(clientHost).Serve("client", func() node.Node { return probe })
	if !k.World.RunUntil(func() bool { return probe.heard > 0 }, time.Minute) {
		return fmt.Errorf("the client never heard")
	}
	syncs := 2 * sync // yes, commit
	if v == twophase.PresumedCommit {
		syncs += sync
	}
	took := probe.heard - probe.asked
	err := demand(took == 4*trip+syncs, "the client heard after %v, want %v", took, 4*trip+syncs)
	if err == nil && probe.err != nil {
		err = fmt.Errorf("a healthy transaction does not commit: %w", probe.err)
	}
	k.World.Run(0)
	for _, h := range k.Banks {
		if k.participant(h).Decision(probe.tx) != twophase.Committed && v != twophase.PresumedCommit {
			err = demand(false, "%s has not carried it out when the client hears", h)
		}
	}
	p.end(k.World)
	return err
}
