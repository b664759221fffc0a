package raft_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
)

// §5.3: all servers execute the leader's commands, in the order of its log,
// whichever of them was asked.
func TestAllServersExecuteTheSameCommands(t *testing.T) {
	for _, n := range []int{1, 3, 5} {
		g := newGroup(t, n, raft.Config{})
		g.elect()
		want := numbered("x", 3*n)
		for i, c := range want {
			g.write(g.hosts[i%n], c)
		}
		g.agree(g.hosts...)
		g.expect(g.hosts[n-1], want...)
	}
}

// §5.3: a committed command survives the crash of the leader that committed it,
// and the simultaneous restart of everybody.
func TestCommittedCommandsSurvive(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	first := g.elect()
	g.write(first, "x", "y")
	g.Host(first).Crash()
	g.await("another leader", func() bool { l := g.leader(); return l != "" && l != first })
	g.write(g.elect(), "z")
	g.PowerLoss()
	for _, h := range g.hosts {
		g.Host(h).Restart()
	}
	g.elect()
	g.write("a", "end")
	g.agree(g.hosts...)
	g.expect("c", "x", "y", "z", "end")
}

// §5.3: a follower that was away is brought up to date without the clients,
// under duplication and reordering.
func TestLaggardCatchesUp(t *testing.T) {
	g := newGroup(t, 3, raft.Config{MaxEntriesPerMessage: 7})
	g.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 20*time.Millisecond), Duplicate: 0.3, Reorder: 0.5})
	leader := g.elect()
	away := g.others(leader)[0]
	g.Host(away).Crash()
	want := numbered("x", 300)
	g.write(leader, want...)
	g.Host(away).Restart()
	g.agree(g.hosts...)
	g.expect(away, want...)
}

// §5.3: entries that a deposed leader left behind give way.
func TestLeftoverEntriesGiveWay(t *testing.T) {
	g := newGroup(t, 5, raft.Config{})
	old := g.elect()
	g.write(old, "kept")
	ally := g.others(old)[0]
	heal := g.Cut(sim.Halves([]string{old, ally}, g.others(old, ally)))
	for _, c := range numbered("lost", 5) {
		g.propose(old, c)
	}
	g.await("another leader", func() bool { l := g.leader(); return l != old && l != ally && l != "" })
	g.write(g.elect(), "new")
	heal()
	g.agree(g.hosts...)
	if got := g.journal(old); len(got) < 2 || got[0] != "kept" || got[1] != "new" {
		t.Fatalf("%s has executed %v", old, got)
	}
}
