package paxostest

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Layout says who plays which role.
type Layout struct {
	Acceptors, Proposers, Learners []string // hosts
	// Instance tells decisions of one world apart; it ends the services' names.
	Instance string
}

// Combined lets every host play all three roles.
func Combined(hosts []string) Layout {
	return Layout{Acceptors: hosts, Proposers: hosts, Learners: hosts}
}

// Group is the nodes of one decision in a world.
type Group struct {
	World  *sim.World
	Config paxos.Config
	Oracle *Oracle
	nodes  map[node.Addr]bool
}

// NewGroup makes the nodes, and lets an oracle hear them. cfg's addresses are
// filled in.
func NewGroup(r *consensustest.Run, l Layout, cfg paxos.Config) *Group {
	return newGroup(r.World, r.Ear, l, cfg)
}

func newGroup(w *sim.World, ear *consensustest.Ear, l Layout, cfg paxos.Config) *Group {
	addresses := func(hosts []string, role string) (all []node.Addr) {
		for _, h := range hosts {
			all = append(all, node.Join(h, role+l.Instance))
		}
		return all
	}
	cfg.Acceptors = addresses(l.Acceptors, "acceptor")
	cfg.Proposers = addresses(l.Proposers, "proposer")
	cfg.Learners = addresses(l.Learners, "learner")
	g := &Group{World: w, Config: cfg, Oracle: newOracle(cfg), nodes: map[node.Addr]bool{}}
	g.serve(cfg.Acceptors, func() node.Node { return paxos.NewAcceptor(cfg) })
	for _, a := range cfg.Proposers {
		g.serve([]node.Addr{a}, func() node.Node { g.Oracle.starts[a]++; return paxos.NewProposer(cfg) })
	}
	g.serve(cfg.Learners, func() node.Node { return paxos.NewLearner(cfg) })
	g.listen(ear)
	w.OnEvent(g.look)
	return g
}

func (g *Group) serve(all []node.Addr, make func() node.Node) {
	for _, a := range all {
		g.nodes[a] = true
		g.World.Host(a.Host()).Serve(a.Service(), make)
	}
}

// listen hands the oracle what leaves or goes to one of the nodes.
func (g *Group) listen(ear *consensustest.Ear) {
	others := ear.Hear
	ear.Hear = func(from, to node.Addr, m node.Message) {
		if others != nil {
			others(from, to, m)
		}
		if g.nodes[from.Node()] || g.nodes[to.Node()] {
			g.Oracle.hear(from, m)
		}
	}
}

// look compares what learners and proposers know with what was chosen.
func (g *Group) look() {
	if g.Oracle.decided && len(g.Oracle.learned) == len(g.Config.Learners) {
		return // all has been compared
	}
	for _, a := range g.Config.Proposers {
		if p := g.Proposer(a); p != nil && p.Decided() != "" && !g.Oracle.decided {
			g.Oracle.decided = true
			g.Oracle.says(a, p.Decided())
		}
	}
	for _, a := range g.Config.Learners {
		if l := g.Learner(a); l != nil && l.Learned() != "" {
			g.Oracle.learns(a, l.Learned())
		}
	}
}

// Acceptor returns a running acceptor, or nil; so do Proposer and Learner.
func (g *Group) Acceptor(a node.Addr) *paxos.Acceptor {
	n, _ := g.World.Node(a).(*paxos.Acceptor)
	return n
}

// Proposer returns a running proposer, or nil.
func (g *Group) Proposer(a node.Addr) *paxos.Proposer {
	n, _ := g.World.Node(a).(*paxos.Proposer)
	return n
}

// Learner returns a running learner, or nil.
func (g *Group) Learner(a node.Addr) *paxos.Learner {
	n, _ := g.World.Node(a).(*paxos.Learner)
	return n
}

// Learned returns an error that names the first learner that has not learned.
func (g *Group) Learned() error {
	if g.Oracle.err != nil {
		return g.Oracle.err
	}
	for _, a := range g.Config.Learners {
		if l := g.Learner(a); l == nil || l.Learned() == "" {
			return fmt.Errorf("%s has not learned; chosen: %v", a, g.Oracle.chosen)
		}
	}
	return nil
}

// Submit hands a proposer a value from outside.
func (g *Group) Submit(proposer int, v paxos.Value) bool {
	a := g.Config.Proposers[proposer]
	g.Oracle.propose(v)
	return g.World.Do(a, func(n node.Node) {
		n.Receive(node.Join(a.Host(), "client"), &paxos.Submit{Value: v})
	})
}
