package raft_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// stage is one real server, a, among puppets b, c and so on, which say what the
// test makes them say and remember what they hear.
type stage struct {
	*group
	puppets map[string]*puppet
}

type puppet struct {
	env   node.Env
	heard []node.Message
}

func (p *puppet) Start(env node.Env)                  { p.env = env }
func (p *puppet) Receive(_ node.Addr, m node.Message) { p.heard = append(p.heard, m) }

// quiet has timeouts so long that the server does nothing by itself.
var quiet = raft.Config{ElectionTimeout: time.Hour, NoCheckQuorum: true}

func newStage(t *testing.T, n int, cfg raft.Config) *stage {
	t.Helper()
	s := &stage{group: &group{World: sim.New(sim.Config{Seed: 1}), t: t}, puppets: map[string]*puppet{}}
	t.Cleanup(s.Close)
	cfg.Members = addrs(names(n)...)
	s.serve("a", cfg)
	for _, h := range names(n)[1:] {
		s.puppets[h] = &puppet{}
		s.Host(h).Serve("raft", func() node.Node { return s.puppets[h] })
	}
	s.Run(time.Millisecond)
	return s
}

// say has a puppet send messages to the server, in order, and lets them work.
func (s *stage) say(puppet string, messages ...node.Message) {
	for _, m := range messages {
		s.Do(addr(puppet), func(node.Node) { s.puppets[puppet].env.Send(addr("a"), m) })
		s.Run(5 * time.Millisecond)
	}
}

// server returns the one real server.
func (s *stage) server() *raft.Raft { return s.raft("a") }

// last returns the latest message of type M that a puppet has heard.
func last[M any](s *stage, puppet string) *M {
	s.t.Helper()
	heard := s.puppets[puppet].heard
	for i := len(heard) - 1; i >= 0; i-- {
		if m, ok := heard[i].(*M); ok {
			return m
		}
	}
	s.t.Fatalf("%s has heard no %T", puppet, new(M))
	return nil
}

// entries makes entries of the given terms.
func entries(terms ...raft.Term) []raft.Entry {
	var es []raft.Entry
	for _, t := range terms {
		es = append(es, raft.Entry{Term: t, Kind: raft.NoOpEntry})
	}
	return es
}

// fill gives the server a log of entries of the given terms, the last of which
// is its current term, from b.
func (s *stage) fill(terms ...raft.Term) {
	s.t.Helper()
	if len(terms) == 0 {
		return
	}
	term := terms[len(terms)-1]
	s.say("b", &raft.AppendEntries{Term: term, Entries: entries(terms...)})
	if got := s.terms(); len(got) != len(terms) {
		s.t.Fatalf("log is %v, want %v", got, terms)
	}
}

// terms returns the terms of the server's entries.
func (s *stage) terms() []raft.Term {
	var ts []raft.Term
	_, _, es := s.server().Entries()
	for _, e := range es {
		ts = append(ts, e.Term)
	}
	return ts
}

// campaign makes the server a candidate and elects it, if votes say so.
func (s *stage) campaign(votes ...string) {
	s.t.Helper()
	term := s.server().Term()
	s.say("b", &raft.TimeoutNow{Term: term})
	for _, v := range votes {
		s.say(v, &raft.RequestVoteReply{Term: term + 1, Granted: true, Asked: term + 1})
	}
}

func (s *stage) role() rsm.Role { return s.replica("a").Status().Role }
