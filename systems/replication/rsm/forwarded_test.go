package rsm_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// forwards counts the batches that each replica hands to its leader.
type forwards map[node.Addr]int

func (f forwards) Record(e trace.Event) trace.ID {
	if _, is := e.Detail.(*rsm.Forward); is && e.Kind == trace.Send {
		f[e.Place]++
	}
	return 0
}

// observed is a world without a session yet, whose followers' batches are counted.
func observed(t *testing.T, cfg rsm.Config) (w *world, sent forwards, follower node.Addr) {
	t.Helper()
	sent = forwards{}
	w = &world{sim.New(sim.Config{Seed: 3, Observer: sent}), t}
	t.Cleanup(w.Close)
	for _, s := range servers {
		w.Host(s.Host()).Serve("counter", func() node.Node { return rsm.New(raft.New(raft.Config{Members: servers}), &counter{}, cfg) })
	}
	if follower = servers[0]; follower == w.leader() {
		follower = servers[1]
	}
	w.Run(time.Second) // everybody knows the leader
	return w, sent, follower
}

// A session costs a place in everybody's table. So a replica asks for one when it has
// something to propose, and then once, however much that is.
func TestASessionIsAskedForOnceAndOnlyIfItIsNeeded(t *testing.T) {
	w, sent, follower := observed(t, rsm.Config{})
	if len(sent) > 0 {
		t.Fatalf("replicas that have nothing to propose forwarded batches: %v", sent)
	}
	left := 50
	w.Do(follower, func(n node.Node) {
		for range left {
			n.(*rsm.Replica).Propose(nil, func([]byte, error) { left-- })
		}
	})
	if sent[follower] != 1 {
		t.Errorf("%d batches before there is a session, want the one that opens it", sent[follower])
	}
	w.await("the commands", func() bool { return left == 0 })
	if sent[follower] != 2 {
		t.Errorf("%d batches in all, want one that opens the session and one of commands", sent[follower])
	}
}

// What a follower forwarded may be lost although the leader stays: a command, and the
// request for the session that all of its commands need. Both go again.
func TestWhatWasForwardedAndLostGoesAgain(t *testing.T) {
	for _, what := range []string{"the request for a session", "a command"} {
		w, sent, follower := observed(t, rsm.Config{RetryAfter: 50 * time.Millisecond, Timeout: time.Hour})
		if what == "a command" {
			w.warm()
		}
		leader, before := w.leader(), sent[follower]
		heal := w.Cut(sim.OneWay([]string{follower.Host()}, []string{leader.Host()}))
		o := w.propose(follower, nil)
		w.Run(time.Millisecond)
		heal()
		if sent[follower] != before+1 {
			t.Fatalf("%s: %d batches were forwarded, want one that is lost", what, sent[follower]-before)
		}
		w.await(what+" that was lost", func() bool { return o.done })
		if o.err != nil || w.leader() != leader {
			t.Errorf("%s was lost: %v, and %s led before, now %s", what, o.err, leader, w.leader())
		}
	}
}
