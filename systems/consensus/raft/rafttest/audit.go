package rafttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Audit watches all servers at once, from outside, and keeps the five
// properties of the Raft paper's Figure 3:
//
//	Election Safety       at most one leader a term
//	Leader Append-Only    a leader never changes its own log
//	Log Matching          equal index and term mean equal entries, and all before
//	Leader Completeness   a committed entry is in the log of every later leader
//	State Machine Safety  no two servers execute different commands at one place
//
// It also keeps the order in which commands were executed, for check.CommitOrder.
// The first property that breaks is the violation; later ones follow from it.
type Audit struct {
	now func() time.Duration
	// Violation says what broke first, and At when; empty while all is well.
	Violation string
	At        time.Duration

	servers  []*server
	leaders  map[raft.Term]string
	commands []execution         // in the order of execution
	terms    map[rsm.Index]Entry // of committed entries
	lastTerm raft.Term           // highest in which somebody led
	restores int
}

// Entry identifies a committed entry and who first took it as committed.
type Entry struct {
	Term raft.Term
	Host string
}

// execution is one command that a state machine executed.
type execution struct {
	index rsm.Index
	id    int64
}

// server is what the audit knows of one host's present incarnation.
type server struct {
	host    string
	up      func() bool
	raft    *raft.Raft
	checked rsm.Index // commits up to here are in terms
	led     raft.Term // the term in which it was last seen leading
	end     rsm.Index // of its log then
	endTerm raft.Term
}

func newAudit(now func() time.Duration) *Audit {
	return &Audit{now: now, leaders: map[raft.Term]string{}, terms: map[rsm.Index]Entry{}}
}

// fail records a violation, unless there is one already.
func (a *Audit) fail(format string, args ...any) {
	if a.Violation == "" {
		a.Violation, a.At = fmt.Sprintf(format, args...), a.now()
	}
}

// incarnated notes that a host began anew with an empty mind.
func (a *Audit) incarnated(host string, up func() bool, r *raft.Raft) {
	for _, s := range a.servers {
		if s.host == host {
			*s = server{host: host, up: up, raft: r}
			return
		}
	}
	a.servers = append(a.servers, &server{host: host, up: up, raft: r})
}

// restored notes that a state machine took over a snapshot.
func (a *Audit) restored(string) { a.restores++ }

// executed keeps State Machine Safety. nth is how many commands that server's
// state reflects already, snapshots included.
func (a *Audit) executed(host string, nth int64, e execution) {
	switch n := int64(len(a.commands)); {
	case nth < n && a.commands[nth] != e:
		a.fail("state machine safety: as command %d, %s executed operation %d at index %d; before, operation %d was executed there at index %d",
			nth+1, host, e.id, e.index, a.commands[nth].id, a.commands[nth].index)
	case nth == n:
		a.commands = append(a.commands, e)
	case nth > n:
		a.fail("state machine safety: %s restored a state of %d commands, and only %d were executed", host, nth, n)
	}
}

// Commits returns the operations in the order of their execution.
func (a *Audit) Commits() []int {
	ids := make([]int, len(a.commands))
	for i, e := range a.commands {
		ids[i] = int(e.id)
	}
	return ids
}

// glance runs after every event and keeps Election Safety.
func (a *Audit) glance() {
	for _, s := range a.servers {
		if !s.up() || !s.leads() {
			continue
		}
		term := s.raft.Term()
		if term == s.led {
			continue
		}
		if other, ok := a.leaders[term]; ok && other != s.host {
			a.fail("election safety: %s and %s both lead in term %d", other, s.host, term)
		}
		a.leaders[term] = s.host
		a.lastTerm = max(a.lastTerm, term)
		s.led, s.end, s.endTerm = term, 0, 0
		a.complete(s)
	}
}

func (s *server) leads() bool {
	leader, _ := s.raft.Leader()
	return leader != "" && leader.Host() == s.host
}

// Elections returns in how many terms somebody led.
func (a *Audit) Elections() int { return len(a.leaders) }
