package raft_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// §5.4.1: the later last term is more up to date; with equal terms the longer
// log is.
func TestVoteGoesToLogsAtLeastAsUpToDate(t *testing.T) {
	for _, c := range []struct {
		own      []raft.Term
		index    raft.Index
		term     raft.Term
		deserves bool
	}{
		{nil, 0, 0, true},
		{nil, 1, 1, true},
		{[]raft.Term{1}, 0, 0, false},
		{[]raft.Term{1, 1}, 2, 1, true},
		{[]raft.Term{1, 1}, 1, 1, false},
		{[]raft.Term{1, 1}, 3, 1, true},
		{[]raft.Term{1, 1, 1}, 1, 2, true},
		{[]raft.Term{1, 2}, 9, 1, false},
		{[]raft.Term{2}, 9, 1, false},
	} {
		t.Run(fmt.Sprint(c.own, c.index, c.term), func(t *testing.T) {
			for _, pre := range []bool{false, true} {
				s := newStage(t, 3, quiet)
				s.fill(c.own...)
				s.say("c", &raft.RequestVote{Term: 5, LastIndex: c.index, LastTerm: c.term, Pre: pre})
				if got := last[raft.RequestVoteReply](s, "c"); got.Granted != c.deserves {
					t.Errorf("pre %v: granted %v, want %v", pre, got.Granted, c.deserves)
				}
			}
		})
	}
}

// §5.2: one vote a term, over restarts too; the same candidate may ask again.
func TestOneVoteInATerm(t *testing.T) {
	s := newStage(t, 3, quiet)
	ask := func(who string, term raft.Term) bool {
		s.say(who, &raft.RequestVote{Term: term})
		return last[raft.RequestVoteReply](s, who).Granted
	}
	if !ask("b", 4) || ask("c", 4) || !ask("b", 4) {
		t.Fatal("want the vote of term 4 to go to b, twice if it likes")
	}
	s.Host("a").Crash()
	s.Host("a").Restart()
	if ask("c", 4) || !ask("b", 4) {
		t.Fatal("after a restart the vote of term 4 must still be b's")
	}
	if !ask("c", 5) || ask("b", 4) {
		t.Fatal("want a vote in term 5 for c and none in a term that is over")
	}
}

// §5.2: a candidate's own vote is a vote like others: a restart does not free it.
func TestCandidateKeepsItsOwnVote(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.campaign()
	s.Host("a").Crash()
	s.Host("a").Restart()
	s.say("c", &raft.RequestVote{Term: 1})
	if last[raft.RequestVoteReply](s, "c").Granted {
		t.Fatal("it had voted for itself in term 1, and votes for c")
	}
}

// §5.2: the vote is durable before it is given.
func TestVoteIsDurableBeforeItIsGiven(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.Host("a").Disk().SetFsync(sixtyMilliseconds)
	s.say("b", &raft.RequestVote{Term: 4})
	s.Run(20 * time.Millisecond)
	if n := len(s.puppets["b"].heard); n != 0 {
		t.Fatalf("b heard %d messages before the disk was done", n)
	}
	s.Run(100 * time.Millisecond)
	if !last[raft.RequestVoteReply](s, "b").Granted {
		t.Fatal("no vote")
	}
}

// §5.2: a candidate wins with a majority, counting each voter once.
func TestCandidateWinsWithAMajority(t *testing.T) {
	s := newStage(t, 5, quiet)
	s.campaign("b", "b", "b")
	if s.role() != rsm.Electing {
		t.Fatalf("role with two votes of five: %v", s.role())
	}
	s.say("c", &raft.RequestVoteReply{Term: 1, Granted: true, Asked: 1})
	if s.role() != rsm.Leading {
		t.Fatalf("role with three votes of five: %v", s.role())
	}
	if m := last[raft.AppendEntries](s, "e"); m.Term != 1 {
		t.Fatalf("the winner must be heard of at once, by %+v", m)
	}
}

// §5.2: votes of another term, or refused, count for nothing.
func TestOnlyVotesOfThisTermCount(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.campaign()
	s.campaign()
	s.say("c",
		&raft.RequestVoteReply{Term: 1, Granted: true, Asked: 1},
		&raft.RequestVoteReply{Term: 2, Granted: false, Asked: 2},
		&raft.RequestVoteReply{Term: 1, Granted: true, Pre: true, Asked: 2})
	if s.role() != rsm.Electing {
		t.Fatalf("role: %v", s.role())
	}
}

// §5.2: a candidate follows a leader of its own term or a later one, and goes
// on if the leader's term is over.
func TestCandidateYieldsToALeader(t *testing.T) {
	for term, want := range map[raft.Term]rsm.Role{1: rsm.Electing, 2: rsm.Following, 3: rsm.Following} {
		s := newStage(t, 3, quiet)
		s.say("b", &raft.AppendEntries{Term: 1})
		s.campaign()
		s.say("c", &raft.AppendEntries{Term: term})
		if s.role() != want {
			t.Errorf("a leader of term %d leaves the candidate of term 2 %v, want %v", term, s.role(), want)
		}
	}
}

// §5.2: without a winner the candidate starts anew, in a higher term.
func TestCandidateStartsAnewInAHigherTerm(t *testing.T) {
	s := newStage(t, 3, raft.Config{ElectionTimeout: 100 * time.Millisecond, NoPreVote: true})
	s.Run(2 * time.Second)
	if term := s.server().Term(); term < 10 || term > 20 {
		t.Fatalf("term %d after 20 minimal timeouts, want one for each 1 to 2 of them", term)
	}
}

// Dissertation §9.6: who cannot win does not raise the term.
func TestPreVoteRaisesNoTerm(t *testing.T) {
	s := newStage(t, 3, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	s.Run(2 * time.Second)
	if m := last[raft.RequestVote](s, "b"); s.server().Term() != 0 || !m.Pre || m.Term != 1 {
		t.Fatalf("term %d, asked %+v", s.server().Term(), m)
	}
	s.say("b", &raft.RequestVoteReply{Granted: true, Pre: true, Asked: 1})
	if m := last[raft.RequestVote](s, "b"); s.server().Term() != 1 || m.Pre || m.Term != 1 {
		t.Fatalf("term %d after a majority would vote, asked %+v", s.server().Term(), m)
	}
}

// §6: who hears from a leader within the shortest timeout neither votes nor
// enters the candidate's term, unless the leader asked for the election.
func TestNoVoteWhileALeaderIsHeard(t *testing.T) {
	cfg := raft.Config{ElectionTimeout: 300 * time.Millisecond}
	s := newStage(t, 3, cfg)
	s.Run(290 * time.Millisecond)
	s.say("b", &raft.AppendEntries{Term: 1})
	s.Run(250 * time.Millisecond)
	s.say("c", &raft.RequestVote{Term: 9})
	if s.server().Term() != 1 {
		t.Fatal("entered another term while the leader was heard")
	}
	s.say("c", &raft.RequestVote{Term: 9, Transfer: true})
	if !last[raft.RequestVoteReply](s, "c").Granted {
		t.Fatal("refused an election that the leader asked for")
	}
}

// A server that has just started may have promised a leader silence right
// before: it votes only once the shortest timeout is over.
func TestNoVoteRightAfterARestart(t *testing.T) {
	s := newStage(t, 3, raft.Config{ElectionTimeout: 300 * time.Millisecond})
	s.say("c", &raft.RequestVote{Term: 9})
	if s.server().Term() != 0 {
		t.Fatal("voted right after the start")
	}
	s.Run(295 * time.Millisecond)
	s.say("c", &raft.RequestVote{Term: 9})
	if !last[raft.RequestVoteReply](s, "c").Granted {
		t.Fatal("no vote although no leader can be")
	}
}

// §5.2: timeouts are spread over [T, 2T].
func TestElectionTimeoutsAreSpread(t *testing.T) {
	const T = 100 * time.Millisecond
	least, most := time.Hour, time.Duration(0)
	s := newStage(t, 3, raft.Config{ElectionTimeout: T, NoPreVote: true})
	for range 200 {
		term, since := s.server().Term(), s.Now()
		s.RunUntil(func() bool { return s.server().Term() > term }, time.Second)
		least, most = min(least, s.Now()-since), max(most, s.Now()-since)
	}
	if least < T || least > T*11/10 || most > 2*T || most < T*19/10 {
		t.Fatalf("timeouts lie within %v and %v, want all of [%v, %v]", least, most, T, 2*T)
	}
}
