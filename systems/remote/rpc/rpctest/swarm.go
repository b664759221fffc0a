package rpctest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// swarm is a run of many clients under faults that look for anything.
type swarm struct {
	*play
	*stage
	server  rpc.Config
	client  rpc.ClientConfig
	link    sim.Link
	clients int
	length  time.Duration
	linger  time.Duration                   // procedures outside take up to so long after their effect
	pick    func(node.Task, *record) string // chooses the method
	calls   []*record
}

// record is a call as its caller sees it. It outlives the client.
type record struct {
	op     *Op
	method string
	client string // host
	out    outcome
}

var swarmParams = []experiment.Param{
	{Name: "duration", Kind: experiment.Duration, Doc: "time under faults; 0.5 to 4 s if not set", Shrink: true},
	{Name: "clients", Kind: experiment.Int, Doc: "1 to 6 if not set", Shrink: true, Least: 1},
}

// draw draws what all swarms have in common, and a time under faults.
func (p *play) draw(least, most time.Duration) *swarm {
	k := p.knobs
	w := &swarm{play: p}
	w.length = p.set.Duration("duration", k.Duration("duration", least, most).Round(time.Millisecond))
	w.clients = p.set.Int("clients", k.Int("clients", 1, 6))
	w.server = rpc.Config{
		InDoubt:    sim.Choose(k, "in doubt", rpc.Refuse, rpc.Again),
		Checkpoint: k.Int("checkpoint", 1, 200), MaxOpen: k.Int("max open", 4, 100), MaxRunning: k.Int("max running", 2, 50),
	}
	w.linger = sim.Choose(k, "linger", 20*time.Millisecond, 300*time.Millisecond)
	w.client = rpc.ClientConfig{RetryAfter: k.Duration("retry", 2*time.Millisecond, 500*time.Millisecond), Tries: k.Int("tries", 1, 12)}
	w.link = sim.Link{
		Delay:     sim.LongTail(k.Duration("delay", 200*time.Microsecond, 10*time.Millisecond), 500*time.Millisecond),
		Reorder:   sim.Choose(k, "reorder", 0, 0.3, 1.0),
		Duplicate: sim.Choose(k, "duplicate", 0, 0.1, 0.5), Loss: sim.Choose(k, "loss", 0, 0.05, 0.5),
	}
	return w
}

// crowd makes a swarm one of many clients at a server with little room, on a network
// that doubles most messages: of a call that is sent once or twice, one copy finds
// no room and another does.
func (w *swarm) crowd() {
	k := w.knobs
	w.clients = w.set.Int("clients", k.Int("crowd", 4, 6))
	w.server.MaxOpen, w.server.MaxRunning = k.Int("crowd's max open", 1, 2), 1
	w.client.Tries = sim.Choose(k, "crowd's tries", 1, 1, 2)
	w.client.RetryAfter = k.Duration("crowd's retry", 50*time.Millisecond, 500*time.Millisecond)
	// Copies come farther apart than a procedure takes.
	w.linger = k.Duration("crowd's linger", 2*time.Millisecond, 10*time.Millisecond)
	w.link.Delay = sim.LongTail(k.Duration("crowd's delay", 5*time.Millisecond, 20*time.Millisecond), 500*time.Millisecond)
	w.link.Duplicate, w.link.Loss = sim.Choose(k, "crowd's duplicate", 0.5, 0.9), sim.Choose(k, "crowd's loss", 0, 0.05)
}

// insist makes a swarm one of clients that try for seconds, and procedures that take
// long: many a server dies in the middle of one, and is asked about it when it is back.
func (w *swarm) insist() {
	k := w.knobs
	w.linger = 500 * time.Millisecond
	w.client.Tries, w.client.RetryAfter = k.Int("insistent tries", 10, 20), k.Duration("insistent retry", 50*time.Millisecond, 400*time.Millisecond)
	w.link.Loss = sim.Choose(k, "insistent loss", 0, 0.05)
}

// run plays the swarm: calls under faults, and then a time without faults. check
// judges it.
func (w *swarm) run(check func() error) error {
	plan, err := w.plan()
	if err != nil {
		return fmt.Errorf("%w: %w", errPlan, err)
	}
	w.options.Drawn(plan.String(), w.set.Used())
	w.result.Plan = plan.String()
	c := sim.Config{Segment: 16 << 10, Link: w.link, Fsync: sim.Constant(w.knobs.Duration("fsync", 200*time.Microsecond, 20*time.Millisecond))}
	return w.scene(c, func(s *stage) error {
		w.stage = s
		s.meter.same = w.server.Semantics != rpc.AtLeastOnce
		s.serve(w.server)
		for i := range w.clients {
			w.hire(fmt.Sprint("c", i))
		}
		if err := s.World.Apply(plan); err != nil {
			return fmt.Errorf("%w: %w", errPlan, err)
		}
		s.World.Run(w.length)
		s.World.Heal()
		s.World.Shape("*", "*", whole)
		s.World.Run(2 * time.Minute)
		return check()
	})
}

func (w *swarm) plan() (sim.Plan, error) {
	if w.options.Plan != nil {
		return sim.Parse(*w.options.Plan)
	}
	hosts := []string{serverHost}
	for i := range w.clients {
		hosts = append(hosts, fmt.Sprint("c", i))
	}
	return sim.Swarm(w.seed, hosts, w.length), nil
}

// hire makes a client that keeps two tasks calling until the faults end.
func (w *swarm) hire(host string) {
	w.World.Host(host).Serve("client", func() node.Node {
		c := &caller{cfg: w.client, resume: true}
		c.numbers = func(env node.Env) rpc.Source {
			n, err := rpc.NewSequence(env, uint64(w.knobs.Int("block", 1, 100)))
			if err != nil {
				panic(err)
			}
			return n
		}
		c.cfg.Resumed = func(_ node.Addr, _ string, r *rpc.Reply) { w.resumed(r) }
		c.main = func(t node.Task, client *rpc.Client) {
			t.Env().Go(func(t node.Task) { w.work(t, client, host) })
			w.work(t, client, host)
		}
		return c
	})
}

func (w *swarm) work(t node.Task, c *rpc.Client, host string) {
	for w.World.Now() < w.length {
		r := &record{op: w.op(), client: host}
		r.op.Key = host
		r.op.After = time.Duration(t.Env().Rand().Int64N(int64(w.linger)))
		r.method = w.pick(t, r)
		w.calls = append(w.calls, r)
		seen, err := rpc.Call[Op, Seen](t, c, serverAddr, r.method, r.op)
		r.out = outcome{done: true, seen: seen, err: err}
		t.Sleep(time.Duration(t.Env().Rand().IntN(30)) * time.Millisecond)
	}
}

// resumed takes down the end of a call of an earlier incarnation.
func (w *swarm) resumed(reply *rpc.Reply) {
	sent := w.meter.ops[reply.ID]
	i := slices.IndexFunc(w.calls, func(r *record) bool { return r.op.ID == sent })
	if i < 0 {
		w.fail("call %v was resumed, nobody made it", reply.ID)
		return
	}
	out := outcome{done: true, seen: decoded(reply)}
	if reply.Status != rpc.OK {
		out.err = &rpc.Error{ID: reply.ID, Status: reply.Status}
	}
	w.marks.Sometimes("resumed after a crash", true)
	w.calls[i].out = out
}

// judge demands that each call took effect as often as its end allows.
func (w *swarm) judge(allowed func(*record, int) error) error {
	for _, r := range w.calls {
		if err := allowed(r, w.times(r.op.ID)); err != nil {
			return fmt.Errorf("%w (operation %d, %s, of %s, ended %v with %v)", err, r.op.ID, r.method, r.client, r.out.done, r.out.err)
		}
	}
	return w.World.Host(serverHost).Err()
}

// status returns how a call ended; 0 if it had no reply.
func (r *record) status() rpc.Status {
	var e *rpc.Error
	switch {
	case r.out.done && r.out.err == nil:
		return rpc.OK
	case errors.As(r.out.err, &e):
		return e.Status
	}
	return 0
}

// surelyNot tells whether the caller was told that the call did not run.
func (r *record) surelyNot() bool {
	var e *rpc.Error
	return errors.As(r.out.err, &e) && e.SurelyNot()
}

// AtMostOnce looks for a call that runs twice.
var AtMostOnce = script{
	name: "at-most-once", hosts: "2 to 7", drawn: true, params: swarmParams, enough: 40,
	sometimes: []string{"sent again", "no reply", "in doubt", "a client died during a call", "one copy was too much, another ran"},
	text: `Does any call take effect twice? Up to six clients, each with two calls at a time, add to the server's books and have it
hand out banknotes, while messages are lost, doubled, delayed and reordered and everybody crashes. Whoever got a result
finds that the operation took effect once; whoever got an error that says so, that it did not; whoever got none, one
of the two. No operation took effect twice, and no call was answered in two ways. (Banknotes are handed out by a server
that does not repeat what is in doubt.)`,
	canon: []string{
		"rpc.atmostonce.xid-filter", "rpc.atmostonce.pending-flag", "rpc.atmostonce.server-crash",
		"rpc.atmostonce.discard-by-watermark", "rpc.claim.counter-xid-may-execute-twice",
	},
	play: func(p *play) error {
		w, outside := p.draw(time.Second, 4*time.Second), 2
		switch sim.Choose(p.knobs, "swarm", "any", "crowd", "crowd", "crowd", "insist", "insist") {
		case "crowd":
			w.crowd()
		case "insist":
			w.insist()
		default:
			outside = 1
		}
		w.server.Semantics, w.client.Semantics, w.server.InDoubt = rpc.AtMostOnce, rpc.AtMostOnce, rpc.Refuse
		w.pick = func(t node.Task, _ *record) string {
			if t.Env().Rand().IntN(3) < outside {
				return "dispense"
			}
			return "add"
		}
		return w.run(func() error { return w.judge(w.atMostOnce) })
	},
}.register()

func (w *swarm) atMostOnce(r *record, n int) error {
	w.marks.Sometimes("no reply", r.status() == 0 && r.out.done)
	w.marks.Sometimes("in doubt", r.status() == rpc.Doubtful)
	w.marks.Sometimes("one copy was too much, another ran", r.status() == rpc.Overloaded && n == 1)
	w.marks.Sometimes("a client died during a call", !r.out.done)
	for _, sent := range w.meter.requests { //parley:unordered a mark is set by any of them
		w.marks.Sometimes("sent again", sent > 1)
	}
	switch s := r.status(); {
	case n > 1:
		return fmt.Errorf("at most once: it took effect %d times", n)
	case s == rpc.OK && n != 1:
		return errors.New("at most once: its caller has a result, and it took no effect")
	case r.surelyNot() && n != 0:
		return fmt.Errorf("at most once: its caller was told that it surely did not run (%v), and it took effect", s)
	case s == rpc.OK && r.out.seen.Times != 1:
		return fmt.Errorf("at most once: its answer says that it was applied %d times", r.out.seen.Times)
	}
	return nil
}

// ExactlyOnce looks for a call that does not run, or does so twice.
var ExactlyOnce = script{
	name: "exactly-once", hosts: "2 to 7", drawn: true, params: swarmParams, enough: 40,
	sometimes: []string{"sent again", "resumed after a crash", "never begun"},
	text: `Does every call take effect once, and is every caller told? The same load and faults, with clients that keep their
calls in a log and go on for ever; all faults end at last. Every call whose request ever left was applied to the books
once, and its result has reached its client, if need be a later incarnation of it.`,
	canon: []string{
		"rpc.exactlyonce.retry-plus-filter", "rpc.exactlyonce.client-log", "rpc.exactlyonce.server-log",
	},
	play: func(p *play) error {
		w := p.draw(500*time.Millisecond, 2*time.Second)
		w.server.Semantics, w.client.Semantics = rpc.AtMostOnce, rpc.ExactlyOnce
		w.pick = func(node.Task, *record) string { return "add" }
		return w.run(func() error {
			left := map[uint64]int{}
			for id, op := range w.meter.ops { //parley:unordered each has its own place
				left[op] += w.meter.requests[id]
			}
			return w.judge(func(r *record, n int) error {
				w.marks.Sometimes("sent again", left[r.op.ID] > 1)
				w.marks.Sometimes("never begun", left[r.op.ID] == 0)
				switch {
				case left[r.op.ID] == 0 && !r.out.done:
					return demand(n == 0, "exactly once: no request left, and it took effect %d times", n)
				case n != 1:
					return fmt.Errorf("exactly once: it took effect %d times", n)
				case r.status() != rpc.OK:
					return errors.New("exactly once: its caller has no result")
				}
				return demand(r.out.seen.Times == 1, "exactly once: its answer says that it was applied %d times", r.out.seen.Times)
			})
		})
	},
}.register()
