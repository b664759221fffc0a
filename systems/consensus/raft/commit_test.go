package raft_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/node"

	"github.com/parleysystems/parley/systems/consensus/raft"
)

// lead makes the server a leader of three, over a log of the given terms, and
// has both followers answer that their logs end before it.
func (s *stage) lead(terms ...raft.Term) {
	s.t.Helper()
	s.fill(terms...)
	s.campaign("b")
	if !s.server().Leads() {
		s.t.Fatal("not elected")
	}
}

// ack has a puppet acknowledge the log up to an index.
func (s *stage) ack(puppet string, i raft.Index) {
	s.say(puppet, &raft.AppendEntriesReply{Term: s.server().Term(), Index: i})
}

// §5.3: an entry is committed once a majority stores it, and no sooner.
func TestCommitNeedsAMajority(t *testing.T) {
	s := newStage(t, 5, quiet)
	s.campaign("b", "c")
	s.ack("b", 1)
	s.ack("b", 1)
	if got := s.server().Committed(); got != 0 {
		t.Fatalf("committed %d with two copies of five", got)
	}
	s.ack("c", 1)
	if got := s.server().Committed(); got != 1 {
		t.Fatalf("committed %d with three copies of five", got)
	}
}

// §5.4.2, Figure 8: an entry of an earlier term is not committed by being on a
// majority, but by one of the leader's own term behind it.
func TestOldTermsAreNotCommittedByCounting(t *testing.T) {
	s := newStage(t, 5, quiet)
	s.fill(1, 2)
	s.say("b", &raft.AppendEntries{Term: 3})
	s.campaign("b", "c")
	s.ack("b", 2)
	s.ack("c", 2)
	if got := s.server().Committed(); got != 0 {
		t.Fatalf("committed %d: an entry of term 2, in term %d", got, s.server().Term())
	}
	s.ack("b", 3)
	s.ack("c", 3)
	if got := s.server().Committed(); got != 3 {
		t.Fatalf("committed %d, want all three", got)
	}
}

// The leader sends entries while its own disk still writes them, and counts its
// own copy only when that is done.
func TestLeaderCountsItselfWhenDurable(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.lead()
	s.ack("b", 1)
	s.Host("a").Disk().SetFsync(sixtyMilliseconds)
	s.propose("a", "x") // opens the replica's session
	s.Run(5 * time.Millisecond)
	if m := last[raft.AppendEntries](s, "b"); len(m.Entries) != 1 || m.PrevIndex != 1 {
		t.Fatalf("b has not been sent entry 2 ahead of the leader's disk, but %+v", m)
	}
	s.ack("b", 2)
	if got := s.server().Committed(); got != 1 {
		t.Fatalf("committed %d although entry 2 is on one disk of three", got)
	}
	s.Run(100 * time.Millisecond)
	if got := s.server().Committed(); got != 2 {
		t.Fatalf("committed %d after the sync", got)
	}
}

// Two followers are a majority of three without the leader's disk.
func TestFollowersCanCommitAhead(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.lead()
	s.ack("b", 1)
	s.Host("a").Disk().SetFsync(sixtyMilliseconds)
	s.propose("a", "x")
	s.ack("b", 2)
	s.ack("c", 2)
	if got := s.server().Committed(); got != 2 {
		t.Fatalf("committed %d, want 2", got)
	}
}

// The messages on their way to a follower are bounded, and one at a time until
// the logs agree.
func TestWindowBoundsWhatIsInFlight(t *testing.T) {
	cfg := quiet
	cfg.MaxInflight = 3
	s := newStage(t, 3, cfg)
	s.lead()
	s.ack("b", 1)
	s.ack("c", 1)
	sent := func() (n int) {
		for _, m := range s.puppets["b"].heard {
			if m, ok := m.(*raft.AppendEntries); ok && len(m.Entries) > 0 {
				n++
			}
		}
		return n
	}
	before := sent()
	s.Do(addr("a"), func(n node.Node) {
		for range 10 {
			if _, err := s.server().Submit([]byte{}); err != nil {
				t.Fatal(err)
			}
		}
	})
	s.Run(5 * time.Millisecond)
	if n := sent() - before; n != 3 {
		t.Fatalf("%d messages in flight, want 3", n)
	}
	s.ack("b", 2)
	if n := sent() - before; n != 4 {
		t.Fatalf("%d messages after one was answered, want 4", n)
	}
}
