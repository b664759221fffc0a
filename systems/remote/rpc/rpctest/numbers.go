package rpctest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Numbers has many clients take numbers, and die now and then.
var Numbers = script{
	name: "numbers", hosts: "100", drawn: true, sometimes: []string{"a client died in the middle of a block"}, enough: 10,
	text: `Are transaction ids unique? A hundred clients take numbers for their calls, from sequences that reserve blocks
of a drawn size in their logs, and crash at drawn moments; the restarted ones go on. A call counts once its request could have
left, which is when the reservation is durable. No two calls of all of them share an id.`,
	canon: []string{"rpc.atmostonce.xid-uniqueness"},
	params: []experiment.Param{
		{Name: "calls", Kind: experiment.Int, Doc: "of each client; 50 to 1,000 if not set", Shrink: true, Least: 1},
	},
	play: func(p *play) error {
		calls := p.set.Int("calls", p.knobs.Int("calls", 50, sim.Choose(p.knobs, "many", 200, 200, 200, 1_000)))
		block := uint64(p.knobs.Int("block", 1, 1024))
		return p.scene(sim.Config{}, func(s *stage) error {
			taken := map[rpc.XID]bool{}
			var twice error
			for i := range 100 {
				host := fmt.Sprint("client", i)
				s.World.Host(host).Serve("n", func() node.Node {
					return &taker{block: block, most: calls, use: func(id rpc.XID) {
						if taken[id] && twice == nil {
							twice = fmt.Errorf("unique: two calls are %v", id)
						}
						taken[id] = true
					}}
				})
				at := p.knobs.Duration(fmt.Sprint("crash ", i), time.Millisecond, 200*time.Millisecond)
				s.World.At(at, s.World.Host(host).Crash)
				s.World.At(at+time.Millisecond, s.World.Host(host).Restart)
			}
			s.World.Run(time.Second)
			p.marks.Sometimes("a client died in the middle of a block", block > 1)
			return first(twice, demand(len(taken) >= 100*calls, "%d ids were taken, want %d", len(taken), 100*calls))
		})
	},
}.register()

// taker is a client that takes numbers in portions.
type taker struct {
	block uint64
	most  int
	use   func(rpc.XID)
}

// Start implements node.Node.
func (k *taker) Start(env node.Env) {
	numbers, err := rpc.NewSequence(env, k.block)
	if err != nil {
		env.Halt(err)
		return
	}
	env.Go(func(t node.Task) {
		for left := k.most; left > 0; {
			portion := make([]rpc.XID, min(left, 1+k.most/20))
			for i := range portion {
				portion[i] = numbers.Next()
			}
			left -= len(portion)
			t.Await(func(wake func()) { env.Durable(wake) })
			for _, id := range portion {
				k.use(id)
			}
			t.Sleep(5 * time.Millisecond)
		}
	})
}

// Receive implements node.Node.
func (k *taker) Receive(node.Addr, node.Message) {}

// RandomNumbers draws ids, and forces some to be equal.
var RandomNumbers = script{
	name: "random-numbers", hosts: "2", drawn: true, sometimes: []string{"two of 64 calls with ids of 8 bits"}, enough: 10,
	text: `What if ids are random? Of ids with 16 bits and with 32, the pairs that are equal are as many as the birthday
estimate says, within four standard deviations; with 64 bits there are none. Then 64 calls are made under ids of 8 bits, so that
some are equal. Such a call looks like a copy of the earlier one: it is not carried out at all, and gets the other's
answer. No operation is carried out twice.`,
	canon: []string{"rpc.atmostonce.xid-uniqueness", "rpc.claim.random-xid-may-execute-twice"},
	play: func(p *play) error {
		return p.scene(sim.Config{}, func(s *stage) error {
			s.serve(rpc.Config{Semantics: rpc.AtMostOnce})
			s.client(caller{
				cfg:     rpc.ClientConfig{Semantics: rpc.AtMostOnce},
				numbers: func(env node.Env) rpc.Source { return rpc.NewRandom(env, 8) },
			})
			s.World.Run(time.Second)
			return first(p.birthdays(s, 16, 4096), p.birthdays(s, 32, 60_000), p.birthdays(s, 64, 20_000), p.collide(s))
		})
	},
}.register()

// birthdays compares how many of n ids are equal to an earlier one with n²/2^(bits+1).
func (p *play) birthdays(s *stage, bits uint, n int) error {
	equal := 0.0
	s.World.Do(clientAddr, func(c node.Node) {
		source, seen := rpc.NewRandom(c.(*caller).env, bits), map[uint64]int{}
		for range n {
			id := source.Next().Number
			equal += float64(seen[id]) // pairs
			seen[id]++
		}
	})
	want := float64(n) * float64(n-1) / 2 / math.Exp2(float64(bits))
	p.result.Stats[fmt.Sprintf("equal pairs of %d ids with %d bits", n, bits)] = equal
	slack := 4*math.Sqrt(want) + 3
	return demand(math.Abs(equal-want) <= slack, "of %d ids with %d bits, %g pairs are equal, the estimate is %g", n, bits, equal, want)
}

// collide makes calls under few ids.
func (p *play) collide(s *stage) error {
	skipped := 0
	for range 64 {
		o := s.op()
		before := len(s.meter.requests)
		out := s.call("add", o)
		s.World.Run(100 * time.Millisecond)
		taken := len(s.meter.requests) == before
		want := 1
		if taken {
			skipped, want = skipped+1, 0
		}
		if err := first(out.ended(), s.applied(o, want)); err != nil {
			return err
		}
		// Each of the operations that are carried out adds 1, so its answer is
		// its place among them; the answer of a skipped one is an earlier one's.
		carried := int64(len(s.meter.requests))
		if wrong := out.seen.Value != carried; wrong && !taken {
			return fmt.Errorf("operation %d is answered %v, it was the %d-th to be carried out", o.ID, out.seen, carried)
		}
	}
	p.marks.Sometimes("two of 64 calls with ids of 8 bits", skipped > 0)
	return nil
}

// CounterReset is a client that forgets its numbers, and a server that forgets its
// tables.
var CounterReset = script{
	name: "counter-reset", hosts: "2",
	text: `Who is hurt if numbers are used again? A client counts from 1 in memory, crashes, and counts from 1 again: its
new call gets an old call's reply and is never carried out, so 0 times and not twice. One that takes
its numbers from a clock that is set back is refused, and never carried out either. With a counter in the client's log that does not happen. A server that loses its tables with its
disk carries a copy out a second time, whatever the numbers are.`,
	canon: []string{"rpc.claim.counter-xid-may-execute-twice", "rpc.atmostonce.xid-uniqueness"},
	play: func(p *play) error {
		for _, scene := range []func(*stage) error{(*stage).counterInLog, (*stage).counterAnew, (*stage).clockBack, (*stage).tablesLost} {
			err := p.scene(quick, func(s *stage) error {
				s.serve(rpc.Config{Semantics: rpc.AtMostOnce})
				return scene(s)
			})
			if err != nil {
				return err
			}
		}
		return nil
	},
}.register()

// acrossACrash makes a call, restarts the client, and makes another.
func (s *stage) acrossACrash(numbers func(node.Env) rpc.Source) (one, two *Op, first, second *outcome) {
	s.client(caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce}, numbers: numbers})
	s.settle()
	one, two = s.op(), s.op()
	first = s.call("add", one)
	s.World.Run(time.Second)
	s.crash(clientHost)
	s.restart(clientHost)
	second = s.call("add", two)
	s.World.Run(time.Second)
	return one, two, first, second
}

func (s *stage) counterInLog() error {
	one, two, a, b := s.acrossACrash(nil)
	return first(a.ended(), b.ended(), s.applied(one, 1), s.applied(two, 1))
}

// fixed gives out 1, 2, 3 in every incarnation.
type fixed struct {
	self node.Addr
	last uint64
}

func (f *fixed) Next() rpc.XID { f.last++; return rpc.XID{Client: f.self, Number: f.last} }
func (f *fixed) Ordered() bool { return true }

func (s *stage) counterAnew() error {
	one, two, a, b := s.acrossACrash(func(env node.Env) rpc.Source { return &fixed{self: env.Self()} })
	return first(a.ended(), b.ended(), s.applied(one, 1), s.applied(two, 0),
		demand(*a.seen == *b.seen, "the call that was not carried out got %v, the old reply is %v", b.seen, a.seen))
}

// clockBack sets the client's clock back an hour before it comes back.
func (s *stage) clockBack() error {
	s.World.After(time.Second, func() { s.World.Host(clientHost).Clock().Step(-time.Hour) })
	one, two, a, b := s.acrossACrash(func(env node.Env) rpc.Source { return rpc.NewClock(env) })
	var refused *rpc.Error
	return first(a.ended(), s.applied(one, 1), s.applied(two, 0),
		demand(errors.As(b.err, &refused) && refused.Status == rpc.Discarded, "the call with a number of the past ended in %v", b.err))
}

// tablesLost has the server lose its disk after a debit outside, whose reply is
// lost as well.
func (s *stage) tablesLost() error {
	s.client(caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, RetryAfter: patience}})
	s.settle()
	s.World.Shape(serverHost, clientHost, lossy)
	o := s.op()
	out := s.call("dispense", o)
	s.World.Run(patience / 2)
	s.crash(serverHost)
	s.World.Host(serverHost).Disk().Wipe()
	s.restart(serverHost)
	s.World.Shape(serverHost, clientHost, whole)
	s.World.Run(2 * patience)
	return first(out.ended(), s.applied(o, 2))
}
