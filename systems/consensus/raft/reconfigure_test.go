package raft_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

func voters(hosts ...string) []rsm.Member {
	var ms []rsm.Member
	for _, h := range hosts {
		ms = append(ms, rsm.Member{Addr: addr(h)})
	}
	return ms
}

// reconfigure makes members the membership, asked of a host.
func (g *group) reconfigure(host string, members []rsm.Member) {
	g.t.Helper()
	res := &result{}
	g.do(host, func(r *rsm.Replica) {
		r.Reconfigure(members, func(err error) { res.done, res.err = true, err })
	})
	g.await("the change of membership", func() bool { return res.done })
	if res.err != nil {
		g.t.Fatalf("reconfigure to %v: %v", members, res.err)
	}
}

func (g *group) members(host string) []rsm.Member { return g.replica(host).Status().Members }

// §6: a group can grow, shrink and be replaced altogether while it serves.
func TestMembershipChangesUnderLoad(t *testing.T) {
	for _, target := range [][]string{
		{"a", "b", "c", "d", "e"}, {"a", "b"}, {"a"}, {"a", "d", "e"}, {"d", "e", "f"}, {"d"},
	} {
		g := newGroup(t, 3, raft.Config{SnapshotThreshold: 2000, KeepBytes: 1})
		for _, h := range []string{"d", "e", "f"} {
			g.serve(h, raft.Config{SnapshotThreshold: 2000, KeepBytes: 1})
		}
		leader := g.elect()
		g.write(leader, numbered("before", 30)...)
		var during []*result
		for i, c := range numbered("during", 20) {
			g.After(time.Duration(i)*time.Millisecond, func() { during = append(during, g.propose(leader, c)) })
		}
		g.reconfigure(leader, voters(target...))
		g.Run(time.Second)
		g.write(g.elect(), "after")
		g.agree(target...)
		g.await("the commands during the change", func() bool {
			return len(during) == 20 && !slices.ContainsFunc(during, func(r *result) bool { return !r.done })
		})
		for _, r := range during {
			if r.err != nil && slices.Contains(target, leader) {
				t.Errorf("to %v: a command ended with %v", target, r.err)
			}
		}
		if got := g.journal(target[0]); got[0] != "before0" || got[len(got)-1] != "after" {
			t.Errorf("to %v: executed %v", target, got)
		}
		if got := g.members(g.leader()); !slices.Equal(got, voters(target...)) {
			t.Errorf("members are %v, want %v", got, target)
		}
	}
}

// A learner that is not there would count in majorities without being able to
// help; whoever wants it promoted hears so at once.
func TestAnAbsentLearnerIsNotPromoted(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	leader := g.elect()
	g.write(leader, numbered("x", 20)...)
	g.reconfigure(leader, append(voters("a", "b", "c"), rsm.Member{Addr: addr("d"), Learner: true}))
	promote := func() (err error) {
		g.do(leader, func(r *rsm.Replica) { r.Reconfigure(voters("a", "b", "c", "d"), func(e error) { err = e }) })
		g.Run(time.Millisecond)
		return err
	}
	if err := promote(); !errors.Is(err, rsm.ErrRefused) {
		t.Fatalf("the promotion ended with %v, want %v", err, rsm.ErrRefused)
	}
	g.serve("d", raft.Config{})
	learned := func() bool {
		d := g.replica("d")
		return d != nil && d.Status().Applied == g.replica(leader).Status().Applied
	}
	g.await("the learner's log", learned)
	g.Host("d").Crash()
	g.Run(time.Second)
	if err := promote(); !errors.Is(err, rsm.ErrRefused) {
		t.Fatalf("the promotion of a learner that has gone ended with %v, want %v", err, rsm.ErrRefused)
	}
	g.Host("d").Restart()
	g.await("the promotion", func() bool { return promote() == nil && slices.Equal(g.members(leader), voters("a", "b", "c", "d")) })
}

// §6: a leader that the new configuration leaves out leads until that is
// committed and then no more.
func TestExcludedLeaderStepsDown(t *testing.T) {
	g := newGroup(t, 5, raft.Config{})
	old := g.elect()
	rest := g.others(old)
	g.reconfigure(old, voters(rest...))
	g.await("another leader", func() bool { l := g.leader(); return l != "" && l != old })
	g.Run(3 * time.Second)
	if g.raft(old).Leads() {
		t.Fatal("the excluded server leads")
	}
	g.write(g.leader(), "x")
	g.agree(rest...)
}

// §6: new servers receive the log as learners first, so a dead one does not
// keep the group from committing, and is not made a voter.
func TestDeadNewcomerDoesNotHoldUpTheGroup(t *testing.T) {
	g := newGroup(t, 2, raft.Config{})
	leader := g.elect()
	res := &result{}
	g.do(leader, func(r *rsm.Replica) {
		r.Reconfigure(voters("a", "b", "x", "y"), func(err error) { res.done, res.err = true, err })
	})
	g.write(leader, numbered("x", 10)...)
	g.await("the end of the change", func() bool { return res.done })
	if !errors.Is(res.err, rsm.ErrUnknown) {
		t.Fatalf("err %v", res.err)
	}
	for _, m := range g.members(leader) {
		if m.Learner != (m.Addr.Host() > "b") {
			t.Errorf("members are %v", g.members(leader))
		}
	}
}

// Learners receive and execute everything, and count for no majority.
func TestLearnersDoNotCount(t *testing.T) {
	g := newGroup(t, 3, raft.Config{})
	g.serve("d", raft.Config{})
	g.serve("e", raft.Config{})
	leader := g.elect()
	members := append(voters("a", "b", "c"), rsm.Member{Addr: addr("d"), Learner: true}, rsm.Member{Addr: addr("e"), Learner: true})
	g.reconfigure(leader, members)
	g.write(leader, "x")
	g.agree("a", "b", "c", "d", "e")
	if got := g.replica("d").Status().Role; got != rsm.Learning {
		t.Errorf("d is %v", got)
	}
	g.Host("d").Crash()
	g.Host("e").Crash()
	g.Host(g.others(leader, "d", "e")[0]).Crash()
	g.write(leader, "y") // two voters of three
	g.Host(g.others(leader, "d", "e")[1]).Crash()
	g.Host("d").Restart()
	g.Host("e").Restart()
	res := g.propose(leader, "z")
	g.Run(3 * time.Second)
	if res.done && res.err == nil {
		t.Error("committed by one voter and two learners")
	}
}

// configuration returns an entry that holds one.
func configuration(term raft.Term, c raft.Configuration) raft.Entry {
	b, err := wire.AppendBody(nil, &c)
	if err != nil {
		panic(err)
	}
	return raft.Entry{Term: term, Kind: raft.ConfigurationEntry, Data: b}
}

// §6: a configuration is in force as soon as it is in the log, and no more once
// it is overwritten.
func TestConfigurationIsAdoptedOnReceiptAndAbandoned(t *testing.T) {
	s := newStage(t, 3, quiet)
	joint := raft.Configuration{Voters: addrs("c", "d", "e"), Old: addrs("a", "b", "c")}
	s.say("b", &raft.AppendEntries{Term: 1, Entries: []raft.Entry{configuration(1, joint)}})
	if !s.replica("a").Status().Changing {
		t.Fatal("the joint configuration was not adopted")
	}
	s.say("c", &raft.AppendEntries{Term: 2, Entries: entries(2)})
	if got := s.members("a"); !slices.Equal(got, voters("a", "b", "c")) {
		t.Fatalf("members after the entry was overwritten: %v", got)
	}
	s.say("c", &raft.AppendEntries{Term: 2, PrevIndex: 1, PrevTerm: 2, Entries: []raft.Entry{configuration(2, joint)}})
	s.Host("a").Crash()
	s.Host("a").Restart()
	if !s.replica("a").Status().Changing {
		t.Fatal("the configuration in the log was not adopted at the restart")
	}
}

// §6: in a joint configuration elections and commitment need a majority of the
// old and one of the new servers.
func TestJointConfigurationNeedsBothMajorities(t *testing.T) {
	joint := raft.Configuration{Voters: addrs("a", "d", "e"), Old: addrs("a", "b", "c")}
	for _, votes := range [][2]string{{"b", "c"}, {"d", "e"}} {
		s := newStage(t, 5, quiet)
		s.say("b", &raft.AppendEntries{Term: 1, Entries: []raft.Entry{configuration(1, joint)}})
		s.campaign(votes[0], votes[1])
		if s.server().Leads() {
			t.Fatalf("elected by a, %v", votes)
		}
	}
	s := newStage(t, 5, quiet)
	s.say("b", &raft.AppendEntries{Term: 1, Entries: []raft.Entry{configuration(1, joint)}})
	s.campaign("b", "d")
	if !s.server().Leads() {
		t.Fatal("not elected by a majority of either set")
	}
	s.ack("b", 2)
	s.ack("c", 2)
	if got := s.server().Committed(); got != 0 {
		t.Fatalf("committed %d by the old servers alone", got)
	}
	if got := s.members("a"); len(got) != 5 {
		t.Fatalf("the new configuration is in the log before the joint one is committed: %v", got)
	}
	s = newStage(t, 5, quiet)
	s.say("b", &raft.AppendEntries{Term: 1, Entries: []raft.Entry{configuration(1, joint)}})
	s.campaign("b", "d")
	s.ack("d", 2)
	s.ack("e", 2)
	if got := s.server().Committed(); got != 0 {
		t.Fatalf("committed %d by the new servers alone", got)
	}
	s.ack("b", 2)
	if got := s.server().Committed(); got != 2 {
		t.Fatalf("committed %d by a majority of either set", got)
	}
	if got := s.members("a"); !slices.Equal(got, voters("a", "d", "e")) {
		t.Fatalf("members once the joint configuration is committed: %v", got)
	}
}

// Dissertation §4.2.3: a server that was removed while it was away cannot
// disturb the others.
func TestRemovedServerDoesNotDisturb(t *testing.T) {
	g := newGroup(t, 4, raft.Config{})
	leader := g.elect()
	gone := g.others(leader)[0]
	heal := g.Cut(sim.Isolate(gone))
	g.reconfigure(leader, voters(g.others(gone)...))
	g.Run(5 * time.Second)
	heal()
	term := g.raft(leader).Term()
	g.Run(10 * time.Second)
	if g.leader() != leader || g.raft(leader).Term() != term {
		t.Fatalf("%s led term %d, now %s leads term %d", leader, term, g.leader(), g.raft(g.leader()).Term())
	}
}

// Who belongs to a group is on its disks: other Members at a later start would
// be a switch that no two majorities agreed upon.
func TestMembersAreThoseOnDisk(t *testing.T) {
	members := addrs("a", "b", "c")
	g := &group{World: sim.New(sim.Config{Seed: 1}), t: t}
	t.Cleanup(g.Close)
	for _, h := range names(3) {
		g.hosts = append(g.hosts, h)
		g.Host(h).Serve("raft", func() node.Node {
			return rsm.New(raft.New(raft.Config{Members: members}), &journal{}, rsm.Config{})
		})
	}
	g.elect()
	members = addrs("a", "b", "c", "d", "e")
	g.PowerLoss()
	for _, h := range g.hosts {
		g.Host(h).Restart()
	}
	if got := g.members(g.elect()); !slices.Equal(got, voters("a", "b", "c")) {
		t.Fatalf("members after a start with others: %v", got)
	}
}
