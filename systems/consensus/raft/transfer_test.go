package raft_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

func (g *group) transfer(host, to string) error {
	g.t.Helper()
	res := &result{}
	g.do(host, func(r *rsm.Replica) {
		r.Transfer(addr(to), func(err error) { res.done, res.err = true, err })
	})
	g.await("the transfer", func() bool { return res.done })
	return res.err
}

// Dissertation §3.10: leadership moves to the chosen voter at once, and nothing
// that was proposed meanwhile is lost or runs twice.
func TestLeadershipMovesOnRequest(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	leader := g.elect()
	to := g.others(leader)[1]
	want := numbered("x", 20)
	var all []*result
	for _, c := range want {
		all = append(all, g.propose(leader, c))
	}
	began := g.Now()
	if err := g.transfer(leader, to); err != nil {
		t.Fatal(err)
	}
	if took := g.Now() - began; g.leader() != to || took > 100*time.Millisecond {
		t.Fatalf("%s leads after %v, want %s", g.leader(), took, to)
	}
	for i, res := range all {
		g.await(want[i], func() bool { return res.done })
	}
	g.agree(g.hosts...)
	g.expect(leader, want...)
	if err := g.transfer(leader, g.others(leader)[0]); err != nil { // asked of a follower
		t.Fatal(err)
	}
}

// A transfer to a voter that does not answer is given up, and the leader goes
// on.
func TestTransferToADeadServerIsGivenUp(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	leader := g.elect()
	dead := g.others(leader)[0]
	g.Host(dead).Crash()
	if err := g.transfer(leader, dead); !errors.Is(err, rsm.ErrUnknown) {
		t.Fatalf("err %v", err)
	}
	g.write(leader, "x")
	if g.leader() != leader {
		t.Fatalf("%s leads", g.leader())
	}
	if err := g.transfer(leader, "nobody"); !errors.Is(err, rsm.ErrRefused) {
		t.Fatalf("err %v for one who is no member", err)
	}
}

// Dissertation §6.2: a leader that no quorum answers steps down, so that its
// clients look elsewhere.
func TestLeaderWithoutAQuorumStepsDown(t *testing.T) {
	g := newGroup(t, 3, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	leader := g.elect()
	heal := g.Cut(sim.Isolate(leader))
	defer heal()
	g.Run(300 * time.Millisecond)
	if g.raft(leader).Leads() {
		t.Fatal("leads on without a quorum")
	}
}

// §5.2: while heartbeats flow nobody starts an election.
func TestHeartbeatsKeepTheLeader(t *testing.T) {
	for _, cfg := range []raft.Config{{}, {NoPreVote: true, NoCheckQuorum: true}} {
		g := newGroup(t, 5, cfg)
		leader := g.elect()
		term := g.raft(leader).Term()
		g.Run(time.Minute)
		if g.leader() != leader || g.raft(leader).Term() != term {
			t.Fatalf("%s led term %d; a minute later %s leads term %d", leader, term, g.leader(), g.raft(g.leader()).Term())
		}
	}
}

// §5.2, dissertation §9.6: a server that was cut off comes back without an
// election.
func TestReturningServerDoesNotDisturb(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	leader := g.elect()
	term := g.raft(leader).Term()
	heal := g.Cut(sim.Isolate(g.others(leader)[0]))
	g.Run(10 * time.Second)
	heal()
	g.Run(10 * time.Second)
	if g.leader() != leader || g.raft(leader).Term() != term {
		t.Fatalf("%s led term %d, now %s leads term %d", leader, term, g.leader(), g.raft(g.leader()).Term())
	}
}
