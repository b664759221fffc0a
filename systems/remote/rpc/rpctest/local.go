package rpctest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Ledger is what a program works with. It does not know which one it has.
type Ledger interface {
	Add(o *Op) (*Seen, error)
	Get(o *Op) (*Seen, error)
}

// remote is the client's stub of a Ledger.
type remote struct {
	t node.Task
	c *rpc.Client
}

// Add implements Ledger.
func (r remote) Add(o *Op) (*Seen, error) {
	return rpc.Call[Op, Seen](r.t, r.c, serverAddr, "add", o)
}

// Get implements Ledger.
func (r remote) Get(o *Op) (*Seen, error) {
	return rpc.Call[Op, Seen](r.t, r.c, serverAddr, "get", o)
}

// program is sequential code that uses a ledger, and writes down what it saw.
func program(l Ledger, amounts []int64) (seen []string) {
	for i, amount := range amounts {
		key := fmt.Sprint("k", i%3)
		if i%5 == 4 {
			key = "" // an error of the procedure's own
		}
		one, err := l.Add(&Op{ID: uint64(i), Key: key, Value: amount})
		seen = append(seen, fmt.Sprint(one, reason(err)))
		two, err := l.Get(&Op{Key: "k0"})
		seen = append(seen, fmt.Sprint(two, reason(err)))
	}
	return seen
}

// reason is an error as the procedure gave it.
func reason(err error) string {
	var e *rpc.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e) && e.Status == rpc.Failed:
		return e.Text
	}
	return err.Error()
}

func (p *play) amounts() (all []int64) {
	for i := range p.knobs.Int("amounts", 1, 20) {
		all = append(all, int64(p.knobs.Int(fmt.Sprint("amount", i), 0, 1000))-500)
	}
	return all
}

// remotely runs the program with a stub, and returns what it saw and how long it
// took.
func (s *stage) remotely(cfg rpc.ClientConfig, amounts []int64) (seen []string, took time.Duration, err error) {
	s.serve(rpc.Config{Semantics: cfg.Semantics})
	done := false
	s.client(caller{cfg: cfg, main: func(t node.Task, c *rpc.Client) {
		began := t.Env().Elapsed()
		seen = program(remote{t, c}, amounts)
		took, done = t.Env().Elapsed()-began, true
	}})
	s.World.RunUntil(func() bool { return done }, time.Hour)
	return seen, took, demand(done, "liveness: the program did not end")
}

// SameProgram runs one program twice.
var SameProgram = script{
	name: "same-program", hosts: "2", drawn: true, enough: 20, sometimes: []string{"an error of the procedure's own"},
	text: `Can a program be written as if the procedures were local? It is sequential code against an interface, with drawn
amounts. It is run with an object of its own process, and again with a stub of a server on another host. Not a line of it
differs, and on a network without faults neither do the values and errors that it sees. The remote run only takes longer.`,
	canon: []string{"rpc.goal.local-call-model", "rpc.claim.goal-is-performance"},
	play: func(p *play) error {
		amounts := p.amounts()
		p.marks.Sometimes("an error of the procedure's own", len(amounts) > 4)
		want := program(NewBooks(), amounts)
		semantics := sim.Choose(p.knobs, "semantics", rpc.AtLeastOnce, rpc.AtMostOnce)
		return p.scene(sim.Config{}, func(s *stage) error {
			got, took, err := s.remotely(rpc.ClientConfig{Semantics: semantics}, amounts)
			return first(err,
				demand(slices.Equal(got, want), "with a stub the program sees %q, without %q", got, want),
				demand(took > 0, "the remote calls took no time"))
		})
	},
}.register()

// distances are how long a message takes one way.
var distances = []struct {
	name string
	way  time.Duration
}{
	{"same machine", 5 * time.Microsecond}, // the simulator's default between services of a host
	{"same rack", 50 * time.Microsecond},
	{"same city", time.Millisecond},
	{"same continent", 20 * time.Millisecond},
	{"other side of the world", 140 * time.Millisecond},
}

// Latency measures calls at several distances.
var Latency = script{
	name: "latency", hosts: "2",
	text: `What does it cost to make a call remote? Calls to a procedure that takes no time, at five distances, from another
process of the machine to the other side of the world. A call takes what its two messages take, and nothing makes it faster
than the local one: it is 10 microseconds to 280 milliseconds slower, and each step outwards costs more than all
before it. That is time of the network; what marshalling adds is a few microseconds, which BenchmarkCall measures
beside a local call.`,
	canon: []string{"rpc.issue.latency", "rpc.claim.goal-is-performance"},
	play: func(p *play) error {
		before := time.Duration(0) // of a local call, in which the simulator sees no time pass
		for _, d := range distances {
			err := p.scene(sim.Config{
				Link: sim.Link{Delay: sim.Constant(d.way), Reorder: 1}, Fsync: sim.Constant(0),
			}, func(s *stage) error {
				const calls = 10
				_, took, err := s.remotely(rpc.ClientConfig{}, make([]int64, calls/2))
				each := took / calls
				p.result.Stats["microseconds, "+d.name] = float64(each) / float64(time.Microsecond)
				return first(err,
					demand(each >= 2*d.way, "%s: a call takes %v, its messages alone take %v", d.name, each, 2*d.way),
					demand(each <= 2*d.way+before+2*time.Millisecond, "%s: a call takes %v", d.name, each),
					demand(each > before, "%s: a call takes %v, a shorter one %v", d.name, each, before), keep(&before, each))
			})
			if err != nil {
				return err
			}
		}
		return nil
	},
}.register()

func keep(to *time.Duration, d time.Duration) error { *to = d; return nil }

// UnlikeLocal shows what a program can see of the difference.
var UnlikeLocal = script{
	name: "unlike-local", hosts: "2", drawn: true, enough: 20,
	sometimes: []string{"a call that failed ran", "a call that failed did not run"},
	text: `In what does a remote call differ from a local one? On a network that loses half of all messages the same program
gets errors that a local call does not have; of the calls that failed, some ran and some did not. Calls take
different times. And a procedure that writes into its arguments changes the caller's when it is local, and not when it
is remote, where it has a copy.`,
	canon: []string{"rpc.claim.identical-to-local"},
	play: func(p *play) error {
		return p.scene(sim.Config{Link: sim.Link{Loss: 0.5}}, func(s *stage) error {
			s.serve(rpc.Config{Semantics: rpc.AtMostOnce})
			done := false
			var failed []uint64
			slow, fast := time.Duration(0), time.Hour
			s.client(caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, Tries: 2}, main: func(t node.Task, c *rpc.Client) {
				for id := range uint64(30) {
					began := t.Env().Elapsed()
					if _, err := (remote{t, c}).Add(&Op{ID: id, Key: "k"}); err != nil {
						failed = append(failed, id)
					}
					took := t.Env().Elapsed() - began
					slow, fast = max(slow, took), min(fast, took)
				}
				done = true
			}})
			s.World.RunUntil(func() bool { return done }, time.Hour)
			for _, id := range failed {
				p.marks.Sometimes("a call that failed ran", s.times(id) == 1)
				p.marks.Sometimes("a call that failed did not run", s.times(id) == 0)
			}
			return first(demand(done, "liveness: the program did not end"),
				demand(len(failed) > 0, "half of all messages are lost, and no call fails"),
				demand(slow > fast, "all calls take the same time, %v", fast), p.aliases())
		})
	},
}.register()

// overwrite is a procedure that writes into its arguments.
func overwrite(o *Op) (*Seen, error) {
	o.Key = "overwritten"
	return &Seen{}, nil
}

// aliases calls it here and there.
func (p *play) aliases() error {
	return p.scene(sim.Config{}, func(s *stage) error {
		s.World.Host(serverHost).Serve("books", func() node.Node {
			srv := rpc.NewServer(rpc.Config{})
			rpc.Handle(srv, "overwrite", overwrite)
			return srv
		})
		near, far := Op{Key: "mine"}, Op{Key: "mine"}
		var err error
		s.client(caller{main: func(t node.Task, c *rpc.Client) {
			_, err = rpc.Call[Op, Seen](t, c, serverAddr, "overwrite", &far)
		}})
		s.World.Run(time.Second)
		_, err2 := overwrite(&near)
		return first(err, err2,
			demand(near.Key == "overwritten", "the local procedure had a copy"),
			demand(reflect.DeepEqual(far, Op{Key: "mine"}), "the remote procedure wrote into the caller's memory: %v", far))
	})
}
