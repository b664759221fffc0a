package rpctest

import (
	"fmt"
	"math"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Retries sends again to a server without tables.
var Retries = script{
	name: "retries", hosts: "2", drawn: true, enough: 20,
	sometimes: []string{"succeeded and ran twice", "failed and ran", "failed and did not run"},
	text: `What does it mean that a call which is sent again succeeds, or fails? At each rate of loss from 0 to 50 percent, two hundred
calls are sent up to five times. Who got a result had the procedure run once or more often; who got an error had sent five
times, and it ran any number of times, none included. As many calls fail as the rate of loss says, (1-(1-p)²)⁵
of them; the figures are failed calls and mean executions by loss.`,
	canon: []string{"rpc.atleastonce.retry"},
	params: []experiment.Param{
		{Name: "calls", Kind: experiment.Int, Doc: "at each rate; 200 if not set", Shrink: true, Least: 1},
	},
	play: func(p *play) error {
		calls := p.set.Int("calls", 200)
		for percent := 0; percent <= 50; percent += 10 {
			loss := float64(percent) / 100
			err := p.scene(sim.Config{Link: sim.Link{Loss: loss, Delay: sim.Constant(time.Millisecond)}}, func(s *stage) error {
				return p.sendAgain(s, loss, calls)
			})
			if err != nil {
				return fmt.Errorf("with %d percent lost: %w", percent, err)
			}
		}
		return nil
	},
}.register()

// tries is how often a call is sent in Retries.
const tries = 5

func (p *play) sendAgain(s *stage, loss float64, calls int) error {
	s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
	errs, done := map[uint64]error{}, false
	s.client(caller{cfg: rpc.ClientConfig{Tries: tries, RetryAfter: 10 * time.Millisecond}, main: func(t node.Task, c *rpc.Client) {
		for range calls {
			o := s.op()
			_, errs[o.ID] = rpc.Call[Op, Seen](t, c, serverAddr, "add", o)
		}
		done = true
	}})
	s.World.RunUntil(func() bool { return done }, time.Hour)
	failed, runs := 0.0, 0
	for id := uint64(1); id <= s.next; id++ {
		n := s.times(id)
		runs += n
		if errs[id] != nil {
			failed++
		}
		if err := p.retried(s, id, n, errs[id]); err != nil {
			return err
		}
	}
	p.result.Stats[fmt.Sprintf("failed, loss %g", loss)] = failed / float64(calls)
	p.result.Stats[fmt.Sprintf("executions, loss %g", loss)] = float64(runs) / float64(calls)
	want := float64(calls) * math.Pow(1-(1-loss)*(1-loss), tries)
	return first(demand(done, "liveness: the calls did not end"),
		demand(math.Abs(failed-want) <= 5*math.Sqrt(want)+1, "%g of %d calls failed, want about %g", failed, calls, want))
}

// retried judges one call: how often it was sent, and ran.
func (p *play) retried(s *stage, id uint64, n int, err error) error {
	sent := 0
	for xid, op := range s.meter.ops { //parley:unordered a sum does not depend on the order
		if op == id {
			sent += s.meter.requests[xid]
		}
	}
	p.marks.Sometimes("succeeded and ran twice", err == nil && n > 1)
	p.marks.Sometimes("failed and ran", err != nil && n > 0)
	p.marks.Sometimes("failed and did not run", err != nil && n == 0)
	switch {
	case err == nil && n == 0:
		return fmt.Errorf("at least once: operation %d succeeded and never ran", id)
	case err != nil && sent != tries:
		return fmt.Errorf("operation %d failed after it was sent %d times, want %d: %w", id, sent, tries, err)
	case sent > tries || n > sent:
		return fmt.Errorf("operation %d was sent %d times and ran %d times", id, sent, n)
	}
	return nil
}

// WhenSafe looks for harm that copies do to applications of three kinds.
var WhenSafe = script{
	name: "when-safe", hosts: "2 to 7", drawn: true, params: swarmParams, enough: 40,
	sometimes: []string{"a late put was ignored", "an increment was made twice", "a write ran twice"},
	text: `When is at-least-once enough? Clients send puts with version numbers, reads, and increments to a server without
tables, on a network that loses, doubles, delays and reorders, while everybody crashes. What a key holds is always
the value of its latest version that was ever carried out, and never an older one; reads see values that were put, and no
version goes back. The increments are wrong in some runs: more was added than was asked for.`,
	canon: []string{"rpc.atleastonce.when-safe"},
	play: func(p *play) error {
		w := p.draw(500*time.Millisecond, 2*time.Second)
		w.server.Semantics, w.client.Semantics = rpc.AtLeastOnce, rpc.AtLeastOnce
		version := map[string]uint64{}
		w.pick = func(t node.Task, r *record) string {
			switch t.Env().Rand().IntN(3) {
			case 0:
				return "get"
			case 1:
				r.op.Key += "+" // the counter beside the register
				return "add"
			}
			version[r.op.Key]++
			r.op.Version = version[r.op.Key]
			r.op.Value = int64(r.op.Version)
			return "put-version"
		}
		return w.run(w.copes)
	},
}.register()

// copes compares the books with what was asked for.
func (w *swarm) copes() error {
	latest, finished, asked, read := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, r := range w.calls {
		n := w.times(r.op.ID)
		switch r.method {
		case "put-version":
			if n > 0 {
				latest[r.op.Key] = max(latest[r.op.Key], r.op.Value)
			}
			w.marks.Sometimes("a write ran twice", n > 1)
			w.marks.Sometimes("a late put was ignored", r.status() == rpc.OK && r.out.seen.Value > r.op.Value)
			if r.status() == rpc.OK {
				finished[r.op.Key] = max(finished[r.op.Key], r.out.seen.Value)
				if r.out.seen.Value < r.op.Value {
					return fmt.Errorf("versions: after version %d of %s was put it holds %d", r.op.Version, r.op.Key, r.out.seen.Value)
				}
			}
		case "add":
			asked[r.op.Key] += r.op.Value
		case "get":
			if r.status() == rpc.OK {
				read[r.op.Key] = max(read[r.op.Key], r.out.seen.Value)
			}
		}
	}
	for i := range w.clients {
		key := fmt.Sprint("c", i)
		if got := w.books.Values[key]; got != latest[key] || finished[key] > got || read[key] > got {
			return fmt.Errorf("versions: %s holds %d, the latest version put is %d, seen were %d and %d", key, got, latest[key], finished[key], read[key])
		}
		w.marks.Sometimes("an increment was made twice", w.books.Values[key+"+"] > asked[key+"+"])
	}
	return w.World.Host(serverHost).Err()
}

// Memory makes many calls, and weighs the tables.
var Memory = script{
	name: "memory", hosts: "9", drawn: true, enough: 20, sometimes: []string{"a copy came too late", "restored from a checkpoint", "held up by a call that is stuck"},
	text: `How much does a server remember? Eight clients make thousands of calls over a network that loses some messages and
delays some by seconds. Each request brings the mark of what is over, and one that is lost is made good by the next. Of a
client that makes one call at a time the tables hold one at every moment; of one that makes two, while the older is
stuck, all newer ones, up to the server's bound. No call is carried out twice, though copies arrive long after the tables
have forgotten them.`,
	canon: []string{"rpc.atmostonce.discard-by-watermark"},
	params: []experiment.Param{
		{Name: "calls", Kind: experiment.Int, Doc: "of each client; 50 to 300 if not set, a hundred thousand take a minute", Shrink: true, Least: 1},
	},
	play: func(p *play) error {
		calls := p.set.Int("calls", p.knobs.Int("calls", 50, 300))
		link := sim.Link{Delay: sim.LongTail(time.Millisecond, 3*time.Second), Reorder: 1, Loss: 0.05, Duplicate: 0.3}
		return p.scene(sim.Config{Link: link}, func(s *stage) error { return p.weigh(s, calls) })
	},
}.register()

func (p *play) weigh(s *stage, calls int) error {
	const clients = 8
	width, room := p.knobs.Int("width", 1, 2), p.knobs.Int("max open", 2, 20)
	s.serve(rpc.Config{Semantics: rpc.AtMostOnce, Checkpoint: p.knobs.Int("checkpoint", 10, 300), MaxOpen: room})
	done, most := 0, 0
	for i := range clients {
		s.World.Host(fmt.Sprint("c", i)).Serve("client", func() node.Node {
			return &caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, RetryAfter: 20 * time.Millisecond, Tries: 1000}, main: func(t node.Task, c *rpc.Client) {
				for range width {
					t.Env().Go(func(t node.Task) {
						for range calls / width {
							_, _ = rpc.Call[Op, Seen](t, c, serverAddr, "add", s.op())
						}
						done++
					})
				}
			}}
		})
	}
	s.World.OnEvent(func() {
		if s.srv != nil {
			n, _ := s.srv.Remembers()
			most = max(most, n)
		}
	})
	crash := p.knobs.Chance("crash", 0.5)
	if crash {
		s.World.At(time.Second, s.World.Host(serverHost).Crash)
		s.World.At(2*time.Second, s.World.Host(serverHost).Restart)
	}
	s.World.RunUntil(func() bool { return done == clients*width }, time.Hour)
	s.World.Run(10 * time.Second) // the last copies
	p.marks.Sometimes("restored from a checkpoint", crash)
	p.result.Stats["most calls remembered"], p.result.Stats["calls made"] = float64(most), float64(s.next)
	bound := clients
	if width > 1 {
		bound = clients * (room + 1)
		p.marks.Sometimes("held up by a call that is stuck", most > clients*width)
	}
	for id := uint64(1); id <= s.next; id++ {
		if n := s.times(id); n > 1 {
			return fmt.Errorf("at most once: operation %d took effect %d times", id, n)
		}
	}
	p.marks.Sometimes("a copy came too late", s.meter.late > 0)
	return first(demand(done == clients*width, "liveness: the calls did not end"),
		demand(most <= bound, "the server remembered %d calls at a time, want %d at most: %d clients with %d under way each", most, bound, clients, width))
}
