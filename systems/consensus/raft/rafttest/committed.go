package rafttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Committed tries to have an entry forgotten that a majority has stored.
var Committed = aim{
	name:  "committed-entry",
	hosts: "5",
	question: `Once a leader has found an entry of its own term on a majority, can anybody be elected who lacks
it? The leader of five stores an entry on two followers, which the seed chooses, sees it committed and
crashes at once. Those that lack the entry campaign first, in term after term, and must never win; one of
those that have it then must, and everybody executes the entry.`,
	canon: []string{"raft.commit.current-term-entry", "raft.safety.leader-completeness", "raft.election.up-to-date-check"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(5)
		t.byHand()
		followers := []string{"b", "c", "d", "e"}
		first := k.Int("first", 0, 3)
		have := []string{followers[first], followers[(first+k.Int("second", 1, 3))%4]}
		t.script = func(t *trial) error { return forget(t, followers, have) }
	},
}.register()

// byHand makes elections happen only when a script wants them.
func (t *trial) byHand() {
	t.config.Raft = raft.Config{
		ElectionTimeout: time.Hour, HeartbeatInterval: 20 * time.Millisecond, NoPreVote: true, NoCheckQuorum: true,
	}
	t.load.Clients, t.duration = 0, time.Millisecond
}

func forget(t *trial, followers, have []string) error {
	s := &stage{t: t}
	s.elect("a")
	s.execute("a", 1)
	s.until("everybody has the first entries", func() bool { return s.everywhere(s.last("a")) })
	var lack []string
	for _, f := range followers {
		if !slices.Contains(have, f) {
			lack = append(lack, f)
		}
	}
	s.cut("a", joined(lack))
	s.execute("a", 2) // two followers and the leader are a majority
	s.crash("a")
	s.mend()
	for range 4 {
		for _, f := range lack {
			t.offer(f)
			s.run(settle)
			if s.err == nil && t.cluster.Raft(f).Leads() {
				return fmt.Errorf("%s leads without an entry that was committed", f)
			}
		}
	}
	s.elect(have[0])
	s.until("all others have executed the entry", func() bool { return s.executed(2) })
	s.restart("a")
	return s.err
}

// executed tells whether a command was executed, and all running servers have
// applied as much as the leader has committed.
func (s *stage) executed(id uint64) bool {
	leader := s.t.cluster.Leader()
	if leader == "" || !slices.Contains(s.t.cluster.Oracle.Executed(), id) {
		return false
	}
	for _, host := range s.t.cluster.Hosts() {
		if r := s.t.cluster.Replica(host); r != nil && r.Status().Applied < s.t.cluster.Raft(leader).Committed() {
			return false
		}
	}
	return true
}

// AllOrNothing crashes the leader at every step of an operation.
var AllOrNothing = aim{
	name:  "all-or-nothing",
	hosts: "3",
	question: `Is an operation executed everywhere or nowhere, whenever the leader crashes? The leader of three
is given a command and crashes a number of events later, which the seed says: before its log is written,
after that, after the entry was sent (into the void, in one case of four), after a follower stored it,
after the answer. It stays away. The two
others elect another leader, and what the client was told must be true there.`,
	canon:     []string{"rsm.atomicity.all-or-nothing", "raft.log.durable-entries"},
	sometimes: []string{"acknowledged", "executed without an answer", "lost"},
	draw: func(k *sim.Knobs, t *trial) {
		t.load.Clients, t.duration = 0, time.Millisecond
		t.config.Sim.Fsync = sim.Uniform(200*time.Microsecond, 3*time.Millisecond)
		void := k.Chance("void", 0.25)
		t.script = func(t *trial) error { return crashAfter(t, int(t.seed%24), void) }
	},
}.register()

func crashAfter(t *trial, events int, void bool) error {
	const id = 2
	s := &stage{t: t}
	s.until("somebody leads", func() bool { return t.cluster.Leader() != "" })
	leader := t.cluster.Leader()
	s.execute(leader, 1)
	s.until("all follow", s.calm)
	if s.err != nil {
		return s.err
	}
	if void {
		s.impose(sim.Isolate(leader))
	}
	o := t.cluster.Propose(leader, opOfNumber(id))
	for range events {
		s.world().Step()
	}
	acknowledged := o.Done && o.Err == nil
	s.crash(leader)
	s.mend()
	s.until("another leads and has committed", func() bool {
		l := t.cluster.Leader()
		return l != "" && t.cluster.Raft(l).Committed() == s.last(l) && s.executedAll(l)
	})
	if s.err != nil {
		return s.err
	}
	executed := slices.Contains(t.cluster.Oracle.Executed(), id)
	t.marks.Sometimes("acknowledged", acknowledged)
	t.marks.Sometimes("executed without an answer", executed && !acknowledged)
	t.marks.Sometimes("lost", !executed)
	if acknowledged && !executed {
		return fmt.Errorf("the client was told that its command had been executed, and the surviving servers lack it")
	}
	s.restart(leader)
	return nil
}

// executedAll tells whether all running servers have applied all of a leader's
// log.
func (s *stage) executedAll(leader string) bool {
	for _, host := range s.t.cluster.Hosts() {
		if r := s.t.cluster.Replica(host); r != nil && r.Status().Applied != rsm.Index(s.last(leader)) {
			return false
		}
	}
	return true
}

// Failures counts how many servers may fail.
var Failures = aim{
	name:  "failures",
	hosts: "3, 5 or 7",
	question: `How many of 2f+1 servers may fail? With f of 3, 5 or 7 servers down or cut off, the leader perhaps
among them, commands are executed as before. With one more none is, neither on the side of the majority
of failed ones nor on the other, and nothing wrong is answered either. When that one is back, the group
goes on where it was.`,
	canon: []string{"rsm.fault.crash-needs-2f-plus-1", "rsm.viewchange.quorum-intersection", "rsm.stable.majority-not-all"},
	draw: func(k *sim.Knobs, t *trial) {
		f := k.Int("f", 1, 3)
		t.config.Hosts = hostNames(2*f + 1)
		t.config.RSM.Timeout, t.config.RSM.RetryAfter = 2*time.Second, 100*time.Millisecond
		t.load.Clients, t.duration = 0, time.Millisecond
		byCrash := k.Chance("crash", 0.5)
		first := k.Int("first", 0, 2*f)
		t.script = func(t *trial) error { return failing(t, f, first, byCrash) }
	},
}.register()

func failing(t *trial, f, first int, byCrash bool) error {
	s := &stage{t: t}
	order := append(slices.Clone(t.config.Hosts[first:]), t.config.Hosts[:first]...)
	fail := func(host string) {
		if byCrash {
			s.crash(host)
		} else {
			s.impose(sim.Isolate(host))
		}
	}
	s.until("somebody leads", func() bool { return t.cluster.Leader() != "" })
	alive := order[2*f]
	s.execute(alive, 1)
	for _, host := range order[:f] {
		fail(host)
	}
	s.execute(alive, 2)
	fail(order[f])
	o := t.cluster.Propose(alive, opOfNumber(3))
	s.run(3 * time.Second)
	if s.err == nil && o.Done && o.Err == nil {
		return fmt.Errorf("a command was executed with %d of %d servers failed", f+1, 2*f+1)
	}
	s.restart(order[f])
	s.mend()
	s.execute(alive, 4)
	for _, host := range order[:f] {
		s.restart(host)
	}
	return s.err
}
