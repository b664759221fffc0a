package rpctest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Effects crashes a server after each event of a call, one execution for each, and
// returns how often the call took effect, by that event. The method is "dispense",
// whose effect is outside, or "add", whose is in the server's books.
func Effects(seed uint64, method string, d rpc.Doubt) ([]int, error) {
	return (&play{seed: seed}).effects(method, d)
}

// Tally is what came of some calls.
type Tally struct {
	Calls, Failed int
	None, More    int // calls that took no effect, and that took more than one
	Runs          int // effects of all
}

// UnderLoss makes calls, one after the other, over a network that loses a part of the
// messages, by a client that sends a call five times at most, or for ever if it
// promises exactly once.
func UnderLoss(seed uint64, promise rpc.Semantics, loss float64, calls int) (t Tally, err error) {
	p := &play{seed: seed}
	t.Calls = calls
	err = p.scene(sim.Config{Link: sim.Link{Loss: loss, Delay: sim.Constant(time.Millisecond)}}, func(s *stage) error {
		s.serve(rpc.Config{Semantics: min(promise, rpc.AtMostOnce)})
		done := false
		config := rpc.ClientConfig{Semantics: promise, Tries: tries, RetryAfter: 10 * time.Millisecond}
		s.client(caller{cfg: config, main: func(task node.Task, c *rpc.Client) {
			for range calls {
				if _, err := rpc.Call[Op, Seen](task, c, serverAddr, "add", s.op()); err != nil {
					t.Failed++
				}
			}
			done = true
		}})
		s.World.RunUntil(func() bool { return done }, time.Hour)
		for id := uint64(1); id <= s.next; id++ {
			switch n := s.times(id); {
			case n == 0:
				t.None++
			case n > 1:
				t.More++
			}
			t.Runs += s.times(id)
		}
		return demand(done, "liveness: the calls did not end")
	})
	if err != nil {
		err = fmt.Errorf("%v with a loss of %g: %w", promise, loss, err)
	}
	return t, err
}
