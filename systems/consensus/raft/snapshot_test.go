package raft_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
)

// small makes a snapshot of every few entries, and sends it in small pieces.
var small = raft.Config{SnapshotThreshold: 600, KeepBytes: 1, SnapshotChunk: 50, SnapshotWindow: 3}

// §7: the log is cut once a snapshot is durable, and state, sessions and the
// rest of the log come back from both.
func TestRestartFromSnapshotAndLog(t *testing.T) {
	g := newGroup(t, 3, small)
	g.elect()
	want := numbered("x", 40)
	g.write("a", want...)
	g.agree(g.hosts...)
	for _, h := range g.hosts {
		base, _, entries := g.raft(h).Entries()
		if s := g.replica(h).Status(); s.Snapshot == 0 || base == 0 || len(entries) > 30 {
			t.Fatalf("%s has a snapshot at %d, and a log of %d entries behind %d", h, s.Snapshot, len(entries), base)
		}
	}
	g.PowerLoss()
	for _, h := range g.hosts {
		g.Host(h).Restart()
	}
	g.elect()
	g.write("b", "end")
	g.agree(g.hosts...)
	g.expect("c", append(want, "end")...)
}

// §7: a follower whose next entry was dropped is sent the snapshot, in pieces,
// over links that lose and reorder, and goes on from there.
func TestLaggardIsSentTheSnapshot(t *testing.T) {
	g := newGroup(t, 3, small)
	g.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 10*time.Millisecond), Loss: 0.1, Duplicate: 0.1, Reorder: 0.5})
	leader := g.elect()
	away := g.others(leader)[0]
	g.Host(away).Crash()
	want := numbered("x", 60)
	g.write(leader, want...)
	g.Host(away).Restart()
	g.agree(g.hosts...)
	g.expect(away, want...)
	if base, _, _ := g.raft(away).Entries(); base == 0 {
		t.Fatal("the follower has got all entries; want a snapshot instead")
	}
}

// A network that reorders costs repeated pieces, and not a heartbeat for each.
func TestPiecesThatAreOvertakenDoNotWaitForHeartbeats(t *testing.T) {
	cfg := small
	cfg.SnapshotChunk, cfg.SnapshotWindow = 20, 7
	g := newGroup(t, 3, cfg)
	g.Shape("*", "*", sim.Link{Delay: sim.Uniform(100*time.Microsecond, time.Millisecond), Reorder: 0.5})
	leader := g.elect()
	away := g.others(leader)[0]
	g.Host(away).Crash()
	g.write(leader, numbered(strings.Repeat("x", 50), 60)...)
	g.Host(away).Restart()
	began := g.Now()
	g.await("the snapshot", func() bool { return g.replica(away).Status().Applied > 40 })
	if took := g.Now() - began; took > time.Second {
		t.Fatalf("some 150 pieces took %v", took)
	}
	g.agree(g.hosts...)
}

// A crash at any time while a snapshot is received leaves the old state or the
// new one.
func TestCrashWhileReceivingASnapshot(t *testing.T) {
	for after := time.Duration(0); after < 60*time.Millisecond; after += 3 * time.Millisecond {
		g := newGroup(t, 3, small)
		leader := g.elect()
		away := g.others(leader)[0]
		g.Host(away).Crash()
		want := numbered("x", 60)
		g.write(leader, want...)
		g.Host(away).Restart()
		g.Run(after)
		g.Host(away).Crash()
		g.Host(away).Restart()
		g.agree(g.hosts...)
		g.expect(away, want...)
	}
}

// A snapshot that the disk has damaged is never served: the host says so and
// stops.
func TestDamagedSnapshotStopsTheHost(t *testing.T) {
	g := newGroup(t, 3, small)
	g.elect()
	g.write("a", numbered("x", 40)...)
	g.Run(time.Second)
	g.Host("b").Crash()
	if file := g.Host("b").Disk().Rot("files/"); file == "" {
		t.Fatal("no snapshot on the disk")
	}
	g.Host("b").Restart()
	g.Run(time.Second)
	if err := g.Host("b").Err(); err == nil || !strings.Contains(err.Error(), "checksum mismatch") {
		t.Fatalf("the host goes on, with error %v", err)
	}
}

// §7: what conflicts with a snapshot that was installed does not come back by a
// restart.
func TestInstalledSnapshotOutlivesWhatItReplaced(t *testing.T) {
	g := newGroup(t, 3, small)
	old := g.elect()
	heal := g.Cut(sim.Isolate(old))
	for _, c := range numbered("lost", 5) {
		g.propose(old, c)
	}
	g.await("another leader", func() bool { l := g.leader(); return l != old && l != "" })
	want := numbered("x", 60)
	g.write(g.elect(), want...)
	heal()
	g.agree(g.hosts...)
	g.Host(old).Crash()
	g.Host(old).Restart()
	g.agree(g.hosts...)
	if got := g.journal(old); !slices.Equal(got[:60], want) {
		t.Fatalf("%s has executed %v", old, got)
	}
}
