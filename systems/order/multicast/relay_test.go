package multicast_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Wall is a copy of a board.
type Wall struct{ Posts []string }

// Deliver implements multicast.Application.
func (w *Wall) Deliver(d multicast.Delivery) { w.Posts = append(w.Posts, string(d.Body)) }

// Snapshot and Restore are not needed in so short a run.
func (w *Wall) Snapshot() []byte { return nil }

// Restore implements multicast.Application.
func (w *Wall) Restore([]byte) error { return nil }

// liar is a node in a member's place that sends what a member does not.
type liar struct {
	to   node.Addr
	says []node.Message
}

func (l liar) Start(env node.Env) {
	for _, m := range l.says {
		env.Send(l.to, m)
	}
}

func (l liar) Receive(node.Addr, node.Message) {}

// What is no table of this group, or passes on what cannot be, is dropped: what is posted
// afterwards gets everywhere.
func TestStrangeTablesAndPostsDoNoHarm(t *testing.T) {
	rows := func(n, width int, count uint64) (all []multicast.Row) {
		for range n {
			row := vector.New(width)
			for i := range row {
				row[i] = count
			}
			all = append(all, multicast.Row{Delivered: row})
		}
		return all
	}
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"a/board", "b/board", "c/board"}
	walls := map[node.Addr]*Wall{}
	cfg := multicast.Config{Members: members, Relay: 50 * time.Millisecond}
	for _, m := range members[:2] {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			walls[m] = &Wall{}
			return multicast.NewCausal(cfg, walls[m])
		})
	}
	w.Host("c").Serve("board", func() node.Node {
		return liar{members[0], []node.Message{
			&multicast.Have{}, &multicast.Have{Rows: rows(3, 2, 0), Ask: true}, &multicast.Have{Rows: rows(2, 3, 0)},
			&multicast.Have{Rows: rows(3, 3, 1<<63), Ask: true}, // a has not posted that much
			&multicast.Passed{}, &multicast.Passed{From: 1}, &multicast.Passed{From: -1, Post: &multicast.Post{Vector: vector.New(3)}},
			&multicast.Passed{From: 7, Post: &multicast.Post{Vector: vector.New(3)}},
			&multicast.Passed{From: 0, Post: &multicast.Post{Vector: vector.Clock{1, 0, 0}, Body: []byte("not a's")}},
			&multicast.Passed{From: 1, Post: &multicast.Post{Vector: vector.Clock{0, 1}, Body: []byte("of another group")}},
			&multicast.Passed{From: 1, Post: &multicast.Post{Vector: vector.New(3), Body: []byte("before the first")}},
		}}
	})
	w.Run(time.Second)
	for i, text := range []string{"one", "two"} {
		w.Do(members[i], func(n node.Node) {
			if _, err := n.(*multicast.Member).Submit([]byte(text)); err != nil {
				t.Error(err)
			}
		})
		w.Run(time.Second)
	}
	for _, m := range members[:2] {
		if got := walls[m].Posts; !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("%s shows %q", m, got)
		}
	}
}

// A site that keeps no more leaves a post to its sender.
func TestWhatIsNotKeptWaitsForItsSender(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"a/board", "b/board", "c/board"}
	walls := map[node.Addr]*Wall{}
	cfg := multicast.Config{Members: members, Relay: 50 * time.Millisecond, MaxKept: 3}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			walls[m] = &Wall{}
			return multicast.NewCausal(cfg, walls[m])
		})
	}
	w.Run(10 * time.Millisecond)
	mend := w.Cut(sim.Halves([]string{"a"}, []string{"c"}))
	var all []string
	for i := range 10 {
		all = append(all, fmt.Sprint(i))
	}
	w.Do(members[0], func(n node.Node) {
		for _, text := range all {
			if _, err := n.(*multicast.Member).Submit([]byte(text)); err != nil {
				t.Error(err)
			}
		}
	})
	w.Run(10 * time.Second)
	if got := walls[members[2]].Posts; !slices.Equal(got, all[:3]) {
		t.Errorf("c has %q, of which b could keep 3", got)
	}
	mend()
	w.Run(10 * time.Second)
	if got := walls[members[2]].Posts; !slices.Equal(got, all) {
		t.Errorf("c has %q in the end", got)
	}
}
