package rafttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// LogRepair starts from logs that leaders' crashes left behind.
var LogRepair = aim{
	name:  "log-repair",
	hosts: "7",
	question: `Do logs that differ in every way become equal to the new leader's? The first seed sets up the
logs of the paper's Figure 7, with entries missing, left over, or both, from several terms; other seeds
draw what some leaders and crashes could have left. Then one server with a log good enough is elected. Its
own log must only grow, all others must become equal to it, and each follower may reject few calls, since
an answer that rejects skips whole terms.`,
	canon: []string{
		"raft.log.leader-is-truth-repair", "raft.log.consistency-check", "raft.log.matching-property",
		"raft.election.up-to-date-check",
	},
	draw: func(_ *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(7)
		t.config.Raft = raft.Config{
			ElectionTimeout: time.Hour, HeartbeatInterval: 20 * time.Millisecond, NoPreVote: true, NoCheckQuorum: true,
		}
		t.load.Clients, t.duration = 0, time.Millisecond
		logs := figure7()
		if t.seed != 1 {
			logs = divergent(rand.New(rand.NewPCG(t.seed, 7)), len(t.config.Hosts))
		}
		t.script = func(t *trial) error { return repair(t, logs) }
	},
}.register()

// figure7 is the logs of the paper's Figure 7 by their terms, the leader's
// first.
func figure7() [][]raft.Term {
	return [][]raft.Term{
		{1, 1, 1, 4, 4, 5, 5, 6, 6, 6},
		{1, 1, 1, 4, 4, 5, 5, 6, 6},
		{1, 1, 1, 4},
		{1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
		{1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
		{1, 1, 1, 4, 4, 4, 4},
		{1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3},
	}
}

// divergent draws logs that some terms of leaders and crashes could leave: in
// each a leader adds entries to its own log, and some servers get a part of it.
// The best log comes first, so that its server can be elected.
func divergent(r *rand.Rand, servers int) [][]raft.Term {
	logs := make([][]raft.Term, servers)
	for term := raft.Term(1); term <= raft.Term(2+r.IntN(7)); term++ {
		leader := r.IntN(servers)
		for range 1 + r.IntN(3) {
			logs[leader] = append(logs[leader], term)
		}
		for s := range logs {
			if s != leader && r.IntN(3) > 0 {
				logs[s] = received(logs[s], logs[leader][:1+r.IntN(len(logs[leader]))])
			}
		}
	}
	slices.SortStableFunc(logs, func(a, b []raft.Term) int {
		if x, y := lastOf(a), lastOf(b); x != y {
			return int(y) - int(x)
		}
		return len(b) - len(a)
	})
	return logs
}

// received is a log after a leader's entries arrived: what conflicts is gone.
func received(log, entries []raft.Term) []raft.Term {
	for i := range entries {
		if i == len(log) || log[i] != entries[i] {
			return slices.Clone(entries)
		}
	}
	return log
}

func lastOf(log []raft.Term) raft.Term {
	if len(log) == 0 {
		return 0
	}
	return log[len(log)-1]
}

func repair(t *trial, logs [][]raft.Term) error {
	s := &stage{t: t}
	for i, host := range t.config.Hosts {
		t.preset(host, logs[i])
	}
	s.run(settle)
	rejected := map[node.Addr]int{}
	t.notes.Hear = func(e *trace.Event) {
		if m, ok := e.Detail.(*raft.AppendEntriesReply); ok && e.Kind == trace.Receive && m.Rejected {
			rejected[e.Peer]++
		}
	}
	s.elect("a")
	s.until("all logs are equal", func() bool { return s.equalTo("a") })
	if s.err != nil {
		return s.err
	}
	if _, _, entries := t.cluster.Raft("a").Entries(); !slices.Equal(termsOf(entries)[:len(logs[0])], logs[0]) {
		return fmt.Errorf("the leader changed its own log from %v to %v", logs[0], termsOf(entries))
	}
	for _, host := range t.config.Hosts {
		if n := rejected[node.Join(host, Service)]; n > 2+int(lastOf(logs[0])) {
			return fmt.Errorf("%s rejected %d calls before its log matched", host, n)
		}
	}
	return nil
}

// preset gives a server a log, as leaders of the past would have.
func (t *trial) preset(host string, terms []raft.Term) {
	entries := make([]raft.Entry, len(terms))
	for i, term := range terms {
		entries[i] = raft.Entry{Term: term, Kind: raft.NoOpEntry}
	}
	t.cluster.World.Do(node.Join(host, Service), func(n node.Node) {
		n.Receive("past/raft", &raft.AppendEntries{Term: lastOf(terms) + 1, Entries: entries})
	})
}

// equalTo tells whether all logs equal that of a host.
func (s *stage) equalTo(host string) bool {
	_, _, want := s.t.cluster.Raft(host).Entries()
	for _, h := range s.t.cluster.Hosts() {
		if _, _, entries := s.t.cluster.Raft(h).Entries(); !slices.Equal(termsOf(entries), termsOf(want)) {
			return false
		}
	}
	return s.t.cluster.Raft(host).Committed() == rsm.Index(len(want))
}

func termsOf(entries []raft.Entry) []raft.Term {
	terms := make([]raft.Term, len(entries))
	for i := range entries {
		terms[i] = entries[i].Term
	}
	return terms
}
