package raft_test

import (
	"fmt"
	"testing"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

var sixtyMilliseconds = sim.Constant(60 * 1e6)

// §5.1: a message of a higher term makes anybody a follower in that term, one
// of a lower term changes nothing, whatever the role and the message.
func TestTermsRuleOverRoles(t *testing.T) {
	messages := func(term raft.Term) []node.Message {
		return []node.Message{
			&raft.AppendEntries{Term: term}, &raft.AppendEntriesReply{Term: term}, &raft.RequestVote{Term: term},
			&raft.RequestVoteReply{Term: term, Granted: true, Asked: term}, &raft.InstallSnapshot{Term: term, Index: 9, Size: 9},
			&raft.InstallSnapshotReply{Term: term}, &raft.ReadIndex{Term: term}, &raft.ReadIndexReply{Term: term},
		}
	}
	for _, role := range []rsm.Role{rsm.Following, rsm.Electing, rsm.Leading} {
		for i, m := range messages(8) {
			t.Run(fmt.Sprintf("%v/%T", role, m), func(t *testing.T) {
				s := newStage(t, 3, quiet)
				s.say("b", &raft.AppendEntries{Term: 4})
				switch role {
				case rsm.Electing:
					s.campaign()
				case rsm.Leading:
					s.campaign("b")
				}
				before := s.server().Term()
				s.say("c", messages(3)[i])
				if s.server().Term() != before || s.role() != role {
					t.Errorf("term 3 makes it %v in term %d", s.role(), s.server().Term())
				}
				s.say("c", m)
				if s.server().Term() != 8 || s.role() != rsm.Following {
					t.Errorf("term 8 makes it %v in term %d", s.role(), s.server().Term())
				}
			})
		}
	}
}

// §5.1: who speaks of a lower term is told of the current one.
func TestStaleSendersAreTold(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.say("b", &raft.AppendEntries{Term: 4})
	s.say("c", &raft.AppendEntries{Term: 2, Entries: entries(2)})
	if m := last[raft.AppendEntriesReply](s, "c"); !m.Rejected || m.Term != 4 || len(s.terms()) != 0 {
		t.Errorf("answered %+v, and the log is %v", m, s.terms())
	}
	s.say("c", &raft.RequestVote{Term: 3, LastIndex: 9, LastTerm: 3})
	if m := last[raft.RequestVoteReply](s, "c"); m.Granted || m.Term != 4 {
		t.Errorf("answered %+v", m)
	}
}

// §5.1: the term is never lower after a restart.
func TestTermOutlivesRestarts(t *testing.T) {
	s := newStage(t, 3, quiet)
	s.say("b", &raft.AppendEntries{Term: 7})
	s.Host("a").Crash()
	s.Host("a").Restart()
	if s.server().Term() != 7 {
		t.Fatalf("term %d after a restart in term 7", s.server().Term())
	}
}
