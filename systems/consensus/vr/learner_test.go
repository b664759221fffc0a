package vr_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// learned is a group of a and b, of which c is a learner.
type learned struct {
	*sim.World
	t *testing.T
}

func withLearner(t *testing.T) *learned {
	g := &learned{sim.New(sim.Config{Seed: 1}), t}
	t.Cleanup(g.Close)
	for _, host := range []string{"a", "b", "c"} {
		var members []node.Addr
		if host != "c" {
			members = []node.Addr{"a/store", "b/store"}
		}
		g.Host(host).Serve("store", func() node.Node {
			return rsm.New(vr.New(vr.Config{Members: members}), &list{}, rsm.Config{Timeout: 2 * time.Second})
		})
	}
	g.until("somebody leads", func() bool { return g.leader() != "" })
	if err := g.reconfigure(rsm.Member{Addr: "c/store", Learner: true}); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *learned) until(what string, cond func() bool) {
	g.t.Helper()
	if !g.RunUntil(cond, time.Minute) {
		g.t.Fatalf("within a minute it does not come about that %s", what)
	}
}

func (g *learned) status(a node.Addr) rsm.Status {
	r, _ := g.Node(a).(*rsm.Replica)
	if r == nil {
		return rsm.Status{}
	}
	return r.Status()
}

func (g *learned) leader() node.Addr {
	for _, a := range []node.Addr{"a/store", "b/store", "c/store"} {
		if g.status(a).Role == rsm.Leading {
			return a
		}
	}
	return ""
}

// ended asks the leader for something and returns how that ended.
func (g *learned) ended(ask func(r *rsm.Replica, done func(error))) (err error) {
	g.t.Helper()
	g.until("somebody leads", func() bool { return g.leader() != "" })
	over := false
	g.Do(g.leader(), func(n node.Node) { ask(n.(*rsm.Replica), func(e error) { over, err = true, e }) })
	g.until("there is an answer", func() bool { return over })
	return err
}

func (g *learned) reconfigure(third rsm.Member) error {
	g.t.Helper()
	return g.ended(func(r *rsm.Replica, done func(error)) {
		r.Reconfigure([]rsm.Member{{Addr: "a/store"}, {Addr: "b/store"}, third}, done)
	})
}

func (g *learned) propose() error {
	g.t.Helper()
	return g.ended(func(r *rsm.Replica, done func(error)) {
		r.Propose([]byte("x"), func(_ []byte, err error) { done(err) })
	})
}

// A learner has what the others have, and counts for nothing: with one of two members
// gone it helps nobody. Nor does it ever lead.
func TestALearnerFollowsAndDoesNotCount(t *testing.T) {
	g := withLearner(t)
	if err := g.propose(); err != nil {
		t.Fatal(err)
	}
	g.until("the learner has executed it", func() bool { return g.status("c/store").Applied == g.status(g.leader()).Applied })
	if s := g.status("c/store"); s.Role != rsm.Learning || len(s.Members) != 3 || !s.Members[2].Learner {
		t.Errorf("the learner: %+v", s)
	}
	leader := g.leader()
	other := map[node.Addr]string{"a/store": "b", "b/store": "a"}[leader]
	g.Host(other).Crash()
	if err := g.ended(func(r *rsm.Replica, done func(error)) {
		r.Propose([]byte("y"), func(_ []byte, err error) { done(err) })
	}); err == nil {
		t.Error("a command is answered that one of two members has")
	}
	g.Run(10 * time.Second)
	if l := g.leader(); l != "" {
		t.Errorf("%s leads with a learner", l)
	}
	g.Host(other).Restart()
	if err := g.propose(); err != nil {
		t.Error(err)
	}
}

// A learner that is not there is not promoted; one that has everything is, and counts
// from then on.
func TestALearnerIsPromotedOnceItHasNearlyAll(t *testing.T) {
	g := withLearner(t)
	g.Host("c").Crash()
	for range 20 {
		if err := g.propose(); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.reconfigure(rsm.Member{Addr: "c/store"}); !errors.Is(err, rsm.ErrRefused) {
		t.Fatalf("the promotion of a learner that is down: %v", err)
	}
	g.Host("c").Restart()
	g.until("the learner has caught up", func() bool { return g.status("c/store").Applied == g.status(g.leader()).Applied })
	g.Run(time.Second) // so that the primary has heard of it
	if err := g.reconfigure(rsm.Member{Addr: "c/store"}); err != nil {
		t.Fatal(err)
	}
	g.until("somebody leads", func() bool { return g.leader() != "" })
	for _, other := range []string{"a", "b"} {
		if g.leader().Host() != other {
			g.Host(other).Crash()
			break
		}
	}
	if err := g.propose(); err != nil {
		t.Errorf("with two of three: %v", err)
	}
}
