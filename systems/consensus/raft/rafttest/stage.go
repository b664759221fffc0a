package rafttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// stage directs a script move by move. After the first move that cannot be made
// the others do nothing, and err says which it was.
type stage struct {
	t     *trial
	heals []func()
	err   error
}

// moveLimit bounds the virtual time of one move.
const moveLimit = 10 * time.Second

func (s *stage) world() *sim.World { return s.t.cluster.World }

// until runs the world until something holds.
func (s *stage) until(what string, cond func() bool) {
	if s.err != nil {
		return
	}
	watched := func() bool { return cond() || s.t.broken() != nil }
	if !s.world().RunUntil(watched, moveLimit) {
		s.err = fmt.Errorf("the script is stuck: %s does not happen", what)
	}
	if err := s.t.broken(); err != nil {
		s.err = err
	}
}

func (s *stage) run(d time.Duration) {
	if s.err == nil {
		s.world().Run(d)
		s.err = s.t.broken()
	}
}

// elect has a host campaign, again and again if need be, until it leads.
func (s *stage) elect(host string) {
	const patience = 20 * time.Millisecond
	next := s.world().Now()
	s.until(host+" leads", func() bool {
		r := s.t.cluster.Raft(host)
		if r == nil || r.Leads() {
			return r != nil
		}
		if s.world().Now() >= next {
			next += patience
			s.world().At(next, func() {}) // an event to come back at
			s.t.offer(host)
		}
		return false
	})
}

// campaign has a host campaign for so many terms, one right after the other and not
// again, until it leads in the last.
func (s *stage) campaign(host string, terms int) {
	if s.err != nil {
		return
	}
	addr := node.Join(host, Service)
	s.world().Do(addr, func(n node.Node) {
		for range terms {
			n.Receive(addr, &raft.TimeoutNow{Term: s.t.cluster.Raft(host).Term()})
		}
	})
	s.until(host+" leads", func() bool { return s.t.cluster.Raft(host).Leads() })
}

// execute has a host propose a command and waits until that is executed.
func (s *stage) execute(host string, id uint64) { s.executeOp(host, opOfNumber(id)) }

func (s *stage) executeOp(host string, op *Op) {
	if s.err == nil {
		o := s.t.cluster.Propose(host, op)
		s.until(fmt.Sprintf("%s executes command %d", host, op.ID), func() bool { return o.Done })
	}
}

// offer hands a host the message with which a leader offers its place.
func (t *trial) offer(host string) {
	addr := node.Join(host, Service)
	term := t.cluster.Raft(host).Term()
	t.cluster.World.Do(addr, func(n node.Node) { n.Receive(addr, &raft.TimeoutNow{Term: term}) })
}

// cut separates a host from others; they are named with commas.
func (s *stage) cut(host, others string) {
	s.impose(sim.Halves([]string{host}, strings.Split(others, ",")))
}

// oneWay cuts the links from a host to others and not those back.
func (s *stage) oneWay(host, others string) {
	s.impose(sim.OneWay([]string{host}, strings.Split(others, ",")))
}

func (s *stage) impose(p sim.Partition) { s.heals = append(s.heals, s.world().Cut(p)) }

// mend heals all cuts.
func (s *stage) mend() {
	for _, heal := range s.heals {
		heal()
	}
	s.heals = nil
}

func (s *stage) crash(host string)   { s.world().Host(host).Crash() }
func (s *stage) restart(host string) { s.world().Host(host).Restart() }

// last returns the index of the last entry of a host's log.
func (s *stage) last(host string) rsm.Index {
	base, _, entries := s.t.cluster.Raft(host).Entries()
	return base + rsm.Index(len(entries))
}

// term returns the term of the entry that a host has at an index, 0 for none.
func (s *stage) term(host string, i rsm.Index) raft.Term {
	if s.err != nil || s.t.cluster.Raft(host) == nil {
		return 0
	}
	base, _, entries := s.t.cluster.Raft(host).Entries()
	if i <= base || i > base+rsm.Index(len(entries)) {
		return 0
	}
	return entries[i-base-1].Term
}

// everywhere tells whether all running servers have an entry at an index.
func (s *stage) everywhere(i rsm.Index) bool {
	for _, host := range s.t.cluster.Hosts() {
		if s.t.cluster.Raft(host) != nil && s.last(host) < i {
			return false
		}
	}
	return true
}
