package raft_test

import (
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// §8: a read on any server sees what was written before it was asked.
func TestReadsSeeEarlierWrites(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	g.elect()
	for i, c := range numbered("x", 12) {
		g.write(g.hosts[i%3], c)
		for _, level := range []rsm.Level{rsm.Linearizable, rsm.Lease} {
			at := g.hosts[(i+1)%3]
			if got, err := g.read(at, level); err != nil || !slices.Contains(got, c) {
				t.Fatalf("%v read at %s after %s found %v, %v", level, at, c, got, err)
			}
		}
	}
}

// asked starts a barrier on the stage's server and returns where its outcome
// will show.
func (s *stage) asked(level rsm.Level) *result {
	res := &result{}
	s.do("a", func(r *rsm.Replica) {
		r.Engine().Barrier(level, func(err error) { res.done, res.err = true, err })
	})
	return res
}

// answer has a puppet answer the latest round that it heard of.
func (s *stage) answer(puppet string) {
	m := last[raft.AppendEntries](s, puppet)
	s.say(puppet, &raft.AppendEntriesReply{Term: m.Term, Index: m.PrevIndex + raft.Index(len(m.Entries)), Round: m.Round})
}

// §8: the leader answers a read only after a quorum has answered a heartbeat
// that was sent after the read came.
func TestReadNeedsARoundBegunAfterIt(t *testing.T) {
	s := newStage(t, 5, quiet)
	s.campaign("b", "c")
	s.answer("b")
	s.answer("c")
	old := last[raft.AppendEntries](s, "b").Round
	read := s.asked(rsm.Linearizable)
	s.Run(5 * time.Millisecond)
	s.say("b", &raft.AppendEntriesReply{Term: 1, Index: 1, Round: old})
	s.say("c", &raft.AppendEntriesReply{Term: 1, Index: 1, Round: old})
	s.answer("d")
	if read.done {
		t.Fatal("answered after one answer of four to its own round")
	}
	s.answer("e")
	if !read.done || read.err != nil {
		t.Fatalf("not answered after a quorum's answer: %+v", read)
	}
}

// §8: a new leader answers no read before an entry of its own term is
// committed: it does not know what is.
func TestNewLeaderReadsOnlyOnceItsEntryIsCommitted(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.fill(1)
	s.campaign("b")
	read := s.asked(rsm.Linearizable)
	m := last[raft.AppendEntries](s, "b")
	s.say("b", &raft.AppendEntriesReply{Term: m.Term, Index: 1, Round: m.Round})
	if read.done {
		t.Fatal("answered although nothing of its term is committed")
	}
	s.answer("b")
	s.answer("b")
	if !read.done || read.err != nil || s.server().Committed() != 2 {
		t.Fatalf("%+v with %d committed", read, s.server().Committed())
	}
}

// §5.4, §8: a leader that was cut off answers no linearizable read, and its own
// lease ends before another can lead.
func TestDeposedLeaderAnswersNoReads(t *testing.T) {
	for _, level := range []rsm.Level{rsm.Linearizable, rsm.Lease} {
		g := newGroup(t, 3, raft.Config{})
		old := g.elect()
		g.write(old, "x")
		heal := g.Cut(sim.Isolate(old))
		g.await("another leader", func() bool { l := g.leader(); return l != old && l != "" })
		g.write(g.elect(), "y")
		done := false
		g.do(old, func(r *rsm.Replica) {
			r.Read(level, func(error) {
				if done = true; !slices.Contains(g.journal(old), "y") {
					t.Errorf("%v read at the deposed leader found %v", level, g.journal(old))
				}
			})
		})
		g.Run(2 * time.Second)
		heal()
		g.await("the read", func() bool { return done })
	}
}

// Dissertation §6.4.1: while the lease runs no message is needed, and it runs
// from when the round was sent.
func TestLeaseRunsFromTheSendingOfTheRound(t *testing.T) {
	cfg := raft.Config{ElectionTimeout: time.Second, ClockDrift: 0.1, NoPreVote: true}
	s := newStage(t, 3, cfg)
	s.Run(time.Second)
	s.campaign("b")
	s.answer("b")
	s.RunUntil(func() bool { return last[raft.AppendEntries](s, "b").Round > 1 }, time.Second)
	sent := s.Now()
	s.Run(300 * time.Millisecond)
	heard := s.puppets["b"].heard
	s.puppets["b"].heard = heard[:len(heard)-3] // answer an earlier round, late
	s.answer("b")
	if read := s.asked(rsm.Lease); !read.done || read.err != nil {
		t.Fatalf("no lease: %+v", read)
	}
	length := 900 * time.Millisecond * 10 / 11
	s.Run(length - (s.Now() - sent) - 120*time.Millisecond)
	if read := s.asked(rsm.Lease); !read.done {
		t.Fatal("the lease is over too early")
	}
	s.Run(220 * time.Millisecond)
	if read := s.asked(rsm.Lease); read.done && read.err == nil {
		t.Fatal("the lease is longer than the bound on clocks allows")
	}
}

// Offering leadership away ends leases for the rest of the term, also if nobody
// takes it.
func TestTransferVoidsTheLease(t *testing.T) {
	s := newStage(t, 3, raft.Config{ElectionTimeout: time.Second, NoPreVote: true})
	s.Run(time.Second)
	s.campaign("b")
	s.answer("b")
	s.RunUntil(func() bool { return last[raft.AppendEntries](s, "b").Round > 0 }, time.Second)
	s.answer("b")
	if read := s.asked(rsm.Lease); !read.done {
		t.Fatal("no lease to begin with")
	}
	s.do("a", func(r *rsm.Replica) { r.Transfer(addr("b"), func(error) {}) })
	s.Run(5 * time.Millisecond)
	last[raft.TimeoutNow](s, "b")
	s.answer("b")
	if read := s.asked(rsm.Lease); read.done {
		t.Fatal("a lease after leadership was offered to another")
	}
}

// A serializable read needs nobody.
func TestSerializableReadNeedsNobody(t *testing.T) {
	s := newStage(t, 3, quiet)
	if read := s.asked(rsm.Serializable); !read.done || read.err != nil {
		t.Fatalf("%+v", read)
	}
}
