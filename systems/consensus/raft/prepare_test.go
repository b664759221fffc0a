package raft_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// slowReading makes a group in which to read a snapshot takes three seconds, and
// a follower that is about to be told of 60 commands by a snapshot.
func slowReading(t *testing.T) (g *group, leader, away string, want []string) {
	g = newGroupIn(t, sim.Config{Job: sim.Constant(3 * time.Second)}, 3, small)
	leader = g.elect()
	away = g.others(leader)[0]
	g.Host(away).Crash()
	want = numbered("x", 60)
	g.write(leader, want...)
	g.await("a snapshot", func() bool { return g.replica(leader).Status().Snapshot > 0 })
	g.Host(away).Restart()
	return g, leader, away, want
}

// reading tells that a snapshot is durable there and not yet the state.
func (g *group) reading(host string) bool {
	r := g.replica(host)
	return r != nil && r.Status().Snapshot > r.Status().Applied
}

// §7: a follower answers its leader, and votes, while it reads a snapshot: the
// group goes on as if it had the state.
func TestAFollowerTakesPartWhileItReadsASnapshot(t *testing.T) {
	g, leader, away, want := slowReading(t)
	g.await("the snapshot's arrival", func() bool { return g.reading(away) })
	term := g.replica(leader).Status().Epoch
	third := g.others(leader, away)[0]
	g.Host(third).Crash() // from now on the leader needs the one that reads
	began := g.Now()
	for g.reading(away) {
		g.Run(50 * time.Millisecond)
		if _, err := g.read(leader, rsm.Linearizable); err != nil && g.reading(away) {
			t.Fatalf("%v after it began to read: %v", g.Now()-began, err)
		}
	}
	if took := g.Now() - began; took < 2*time.Second {
		t.Fatalf("it was read within %v, so that nothing was seen", took)
	}
	if s := g.replica(leader).Status(); s.Role != rsm.Leading || s.Epoch != term {
		t.Fatalf("%s is %v in term %d; it led in term %d", leader, s.Role, s.Epoch, term)
	}
	g.write(leader, "end")
	g.agree(leader, away)
	g.expect(away, append(want, "end")...)
}

// A crash while a snapshot is read leaves it to be read at the start.
func TestCrashWhileReadingASnapshot(t *testing.T) {
	g, _, away, want := slowReading(t)
	g.await("the snapshot's arrival", func() bool { return g.reading(away) })
	g.Run(time.Second)
	g.Host(away).Crash()
	g.Host(away).Restart()
	if s := g.replica(away).Status(); s.Applied < s.Snapshot {
		t.Fatalf("it has begun at %d, with a snapshot at %d", s.Applied, s.Snapshot)
	}
	g.agree(g.hosts...)
	g.expect(away, want...)
}

// A follower that another leader has told everything meanwhile keeps its state.
func TestASnapshotThatWasOvertakenIsGivenUp(t *testing.T) {
	g := newGroupIn(t, sim.Config{Job: sim.Constant(3 * time.Second)}, 0, raft.Config{})
	members := addrs("a", "b", "c")
	cut, whole := small, raft.Config{Members: members}
	cut.Members = members
	g.serve("a", cut)
	g.serve("b", whole)
	g.serve("c", whole)
	leader := g.elect()
	if leader != "a" {
		if err := g.transfer(leader, "a"); err != nil {
			t.Fatal(err)
		}
	}
	g.Host("c").Crash()
	want := numbered("x", 60)
	g.write("a", want...)
	g.await("a snapshot", func() bool { return g.replica("a").Status().Snapshot > 0 })
	g.Host("c").Restart()
	g.await("the snapshot's arrival", func() bool { return g.reading("c") })
	at := g.replica("c").Status().Snapshot
	g.Host("a").Crash() // b has all entries, and sends them
	g.await("another leader", func() bool { return g.leader() == "b" && g.replica("b").Status().Role == rsm.Leading })
	g.await("the commands", func() bool { return g.replica("c").Status().Applied > at })
	most := rsm.Index(0)
	g.OnEvent(func() {
		now := g.replica("c").Status().Applied
		if now < most {
			t.Fatalf("its state went back from command %d to %d", most, now)
		}
		most = now
	})
	g.Run(5 * time.Second) // the snapshot has been read, too
	g.write("b", "end")
	g.agree("b", "c")
	g.expect("c", append(want, "end")...)
}
