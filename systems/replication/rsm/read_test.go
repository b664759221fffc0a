package rsm_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// A barrier that takes longer than RetryAfter is asked for again, and the first answer
// counts: where all are slow a read is slow, and not impossible.
func TestAReadMayTakeLongerThanItsRetry(t *testing.T) {
	cfg := sim.Config{Seed: 3}
	cfg.Link.Delay = sim.Constant(40 * time.Millisecond)
	w := &world{sim.New(cfg), t}
	t.Cleanup(w.Close)
	for _, s := range servers {
		w.Host(s.Host()).Serve("counter", func() node.Node {
			return rsm.New(raft.New(raft.Config{Members: servers}), &counter{}, rsm.Config{RetryAfter: 10 * time.Millisecond})
		})
	}
	leader := w.leader()
	for _, s := range servers {
		if s == leader {
			continue // where it takes one round trip; at the others two
		}
		var answers, ticks int
		w.Do(s, func(n node.Node) {
			r := n.(*rsm.Replica)
			for range 3 {
				r.Read(rsm.Linearizable, func(err error) {
					if err != nil {
						t.Errorf("a read at %s: %v", s, err)
					}
					answers++
				})
			}
		})
		for ; answers < 3 && ticks < 50; ticks++ {
			w.Run(10 * time.Millisecond)
		}
		if answers != 3 {
			t.Errorf("%d of 3 reads at %s were answered within three times what a barrier takes", answers, s)
		}
	}
}
