package raft_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/consensus/raft"
)

// §5.3: entries are accepted exactly when the one before them matches; they
// replace what conflicts and nothing else.
func TestConsistencyCheck(t *testing.T) {
	type terms = []raft.Term
	for _, c := range []struct {
		name     string
		log      terms
		prev     raft.Index
		prevTerm raft.Term
		add      terms
		want     terms // nil: rejected
	}{
		{"first", terms{}, 0, 0, terms{1}, terms{1}},
		{"next", terms{1, 1}, 2, 1, terms{2}, terms{1, 1, 2}},
		{"gap", terms{1}, 2, 1, terms{2}, nil},
		{"other term before", terms{1, 1}, 2, 2, terms{2}, nil},
		{"conflict", terms{1, 1, 1}, 1, 1, terms{2}, terms{1, 2}},
		{"conflict later", terms{1, 2, 2, 2}, 1, 1, terms{2, 3}, terms{1, 2, 3}},
		{"heartbeat", terms{1, 1}, 2, 1, terms{}, terms{1, 1}},
		{"old and shorter", terms{1, 2, 2, 2}, 1, 1, terms{2}, terms{1, 2, 2, 2}},
		{"old and empty", terms{1, 2, 2}, 0, 0, terms{}, terms{1, 2, 2}},
		{"overlap", terms{1, 2}, 0, 0, terms{1, 2, 2}, terms{1, 2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, 3, quiet)
			s.fill(c.log...)
			s.say("c", &raft.AppendEntries{Term: 9, PrevIndex: c.prev, PrevTerm: c.prevTerm, Entries: entries(c.add...)})
			reply := last[raft.AppendEntriesReply](s, "c")
			want := c.want
			if want == nil {
				want = c.log
			}
			if reply.Rejected != (c.want == nil) || !slices.Equal(s.terms(), want) {
				t.Errorf("rejected %v, log %v, want %v", reply.Rejected, s.terms(), want)
			}
			if !reply.Rejected && reply.Index != c.prev+raft.Index(len(c.add)) {
				t.Errorf("verified up to %d", reply.Index)
			}
		})
	}
}

// §5.3: entries are durable before they are acknowledged, and are there after a
// restart.
func TestAcknowledgedEntriesAreDurable(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.Host("a").Disk().SetFsync(sixtyMilliseconds)
	s.say("b", &raft.AppendEntries{Term: 1, Entries: entries(1, 1)})
	if n := len(s.puppets["b"].heard); n != 0 {
		t.Fatal("acknowledged before the disk was done")
	}
	s.Run(200 * time.Millisecond)
	if last[raft.AppendEntriesReply](s, "b").Index != 2 {
		t.Fatal("not acknowledged")
	}
	s.say("b", &raft.AppendEntries{Term: 2, PrevIndex: 1, PrevTerm: 1, Entries: entries(2)})
	s.Run(200 * time.Millisecond)
	s.Host("a").Crash()
	s.Host("a").Restart()
	if got := s.terms(); !slices.Equal(got, []raft.Term{1, 2}) {
		t.Fatalf("log after a restart: %v", got)
	}
}

// §5.3: a follower takes for committed only what it has verified to be the
// leader's, not a leftover at an index that the leader has committed.
func TestCommitStopsAtWhatIsVerified(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.fill(1, 2, 2, 2)
	s.say("c", &raft.AppendEntries{Term: 3, PrevIndex: 1, PrevTerm: 1, Commit: 4})
	if got := s.server().Committed(); got != 1 {
		t.Fatalf("committed %d, want 1", got)
	}
	s.say("c", &raft.AppendEntries{Term: 3, PrevIndex: 1, PrevTerm: 1, Entries: entries(3, 3), Commit: 9})
	if got := s.server().Committed(); got != 3 {
		t.Fatalf("committed %d, want 3", got)
	}
}

// §5.3: a rejection's hint skips terms, so that a leader needs a message for
// each term that differs rather than for each entry.
func TestHintSkipsTerms(t *testing.T) {
	for _, c := range []struct {
		log      []raft.Term
		prev     raft.Index
		prevTerm raft.Term
		hint     raft.Index
		hintTerm raft.Term
	}{
		{[]raft.Term{1, 1}, 9, 5, 2, 1},
		{[]raft.Term{1, 4, 4, 4}, 4, 5, 4, 4},
		{[]raft.Term{1, 4, 4, 4}, 4, 3, 1, 1},
		{[]raft.Term{4, 4, 4}, 3, 3, 0, 0},
	} {
		t.Run(fmt.Sprint(c.log, c.prev), func(t *testing.T) {
			s := newStage(t, 3, quiet)
			s.fill(c.log...)
			s.say("c", &raft.AppendEntries{Term: 9, PrevIndex: c.prev, PrevTerm: c.prevTerm})
			m := last[raft.AppendEntriesReply](s, "c")
			if !m.Rejected || m.HintIndex != c.hint || m.HintTerm != c.hintTerm {
				t.Errorf("answered %+v", m)
			}
		})
	}
}

// §5.3, Figure 7: whatever followers hold, they end up with the leader's log,
// within few messages.
func TestRepairOfFigure7(t *testing.T) {
	leader := []raft.Term{1, 1, 1, 4, 4, 5, 5, 6, 6, 6}
	followers := [][]raft.Term{
		{1, 1, 1, 4, 4, 5, 5, 6, 6},
		{1, 1, 1, 4},
		{1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
		{1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
		{1, 1, 1, 4, 4, 4, 4},
		{1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3},
	}
	for _, log := range followers {
		s := newStage(t, 3, quiet)
		s.fill(log...)
		prev, rejections := raft.Index(len(leader)), 0
		for ; ; rejections++ {
			es := entries(leader[prev:]...)
			var prevTerm raft.Term
			if prev > 0 {
				prevTerm = leader[prev-1]
			}
			s.say("c", &raft.AppendEntries{Term: 8, PrevIndex: prev, PrevTerm: prevTerm, Entries: append(es, entries(8)...)})
			m := last[raft.AppendEntriesReply](s, "c")
			if !m.Rejected {
				break
			}
			for prev = min(m.HintIndex, prev); prev > 0 && leader[prev-1] > m.HintTerm; prev-- {
			}
		}
		if got := s.terms(); !slices.Equal(got, append(slices.Clone(leader), 8)) {
			t.Errorf("%v became %v", log, got)
		}
		if rejections > 2 {
			t.Errorf("%v took %d rejections", log, rejections)
		}
	}
}

// A host whose disk was exchanged says so, instead of acknowledging as if it
// had kept what it once acknowledged.
func TestLostDiskStopsTheHost(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	leader := g.elect()
	g.write(leader, "x", "y")
	g.agree(g.hosts...)
	victim := g.others(leader)[0]
	g.Host(victim).Disk().Wipe()
	g.Host(victim).Restart()
	g.Run(5 * time.Second)
	if err := g.Host(victim).Err(); err == nil {
		t.Fatalf("%s goes on with an empty disk", victim)
	}
}
