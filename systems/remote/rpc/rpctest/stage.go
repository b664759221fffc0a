package rpctest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// stage is a world with a server and clients in it.
type stage struct {
	World *sim.World
	meter *meter
	till  *till
	books *Books // of the server's latest incarnation
	srv   *rpc.Server
	err   error // a direction that could not be followed
	next  uint64
}

// serverAddr and clientAddr are those of scripts.
const (
	serverHost = "s"
	clientHost = "c"
)

var (
	serverAddr = node.Join(serverHost, "books")
	clientAddr = node.Join(clientHost, "client")
)

// patience is how long a client of a script waits for a reply.
const patience = time.Second

// serve makes the server.
func (s *stage) serve(cfg rpc.Config) {
	s.World.Host(serverHost).Serve("books", func() node.Node {
		s.books = NewBooks()
		cfg := cfg
		cfg.State = s.books
		s.srv = rpc.NewServer(cfg)
		s.books.offer(s.srv)
		rpc.HandleOutside(s.srv, "dispense", s.till.dispense)
		return s.srv
	})
}

// times is how often an operation took effect: in the books, and outside.
func (s *stage) times(id uint64) int { return int(s.books.Times[id]) + s.till.dispensed[id] }

// op returns the next operation.
func (s *stage) op() *Op {
	s.next++
	return &Op{ID: s.next, Key: "k", Value: 1}
}

// caller is a client: a node that makes the calls it is told to make, each in a
// task of its own.
type caller struct {
	cfg     rpc.ClientConfig
	numbers func(node.Env) rpc.Source // nil for the client's own
	resume  bool
	main    func(node.Task, *rpc.Client) // of every incarnation; may be nil

	env    node.Env
	client *rpc.Client
}

// Start implements node.Node.
func (c *caller) Start(env node.Env) {
	c.env = env
	if c.numbers != nil {
		c.cfg.Numbers = c.numbers(env)
	}
	client, err := rpc.NewClient(env, c.cfg)
	if err != nil {
		env.Halt(err)
		return
	}
	if c.client = client; c.resume {
		client.Resume()
	}
	if c.main != nil {
		env.Go(func(t node.Task) { c.main(t, client) })
	}
}

// Receive implements node.Node.
func (c *caller) Receive(node.Addr, node.Message) {}

// client makes a client on the host of scripts.
func (s *stage) client(c caller) {
	s.World.Host(clientHost).Serve("client", func() node.Node { fresh := c; return &fresh })
}

// outcome is what came of a call. It is the caller's view, so it survives no crash.
type outcome struct {
	done bool
	seen *Seen
	err  error
	at   time.Duration // since the client began
}

// call has the client make a call, whose request is then on its way.
func (s *stage) call(method string, o *Op) *outcome {
	out := s.begin(method, o)
	s.settle()
	return out
}

// begin has the client make a call.
func (s *stage) begin(method string, o *Op) *outcome {
	out := &outcome{}
	s.World.Do(clientAddr, func(n node.Node) {
		c := n.(*caller)
		c.env.Go(func(t node.Task) {
			seen, err := rpc.Call[Op, Seen](t, c.client, serverAddr, method, o)
			*out = outcome{true, seen, err, c.env.Elapsed()}
		})
	})
	return out
}

// decoded returns what a reply says, nil if it is no result.
func decoded(r *rpc.Reply) *Seen {
	seen := new(Seen)
	if r.Status != rpc.OK || wire.UnmarshalBody(r.Result, seen) != nil {
		return nil
	}
	return seen
}

// settle lets everything happen that needs no direction: disks, and tasks.
func (s *stage) settle() { s.World.Run(time.Millisecond) }

// find returns the oldest message that waits to get to a host, or -1.
func (s *stage) find(to string) int {
	return slices.IndexFunc(s.World.Held(), func(m sim.Held) bool { return m.To.Host() == to })
}

// arrive lets the oldest message to a host arrive, lose loses it.
func (s *stage) arrive(to string) {
	if i := s.find(to); i >= 0 {
		s.World.Deliver(i)
		s.settle()
		return
	}
	s.fail("nothing is on its way to %s", to)
}

func (s *stage) lose(to string) {
	if i := s.find(to); i >= 0 {
		s.World.Lose(i)
		return
	}
	s.fail("nothing that could be lost is on its way to %s", to)
}

// waitOut lets the client's patience end; what it sends then waits.
func (s *stage) waitOut() { s.World.Run(patience + 10*time.Millisecond) }

// flow lets everything arrive that is under way, and what follows from it.
func (s *stage) flow() {
	for n := 0; len(s.World.Held()) > 0; n++ {
		if n > 1000 {
			s.fail("messages without end")
			return
		}
		s.World.Deliver(0)
		s.settle()
	}
}

func (s *stage) crash(host string) { s.World.Host(host).Crash() }

func (s *stage) restart(host string) {
	s.World.Host(host).Restart()
	s.settle()
}

// fail keeps the first direction that could not be followed.
func (s *stage) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("stage: "+format, args...)
	}
}

// applied demands how often an operation took effect.
func (s *stage) applied(o *Op, want int) error {
	if got := s.times(o.ID); got != want {
		return fmt.Errorf("count: operation %d took effect %d times, want %d", o.ID, got, want)
	}
	return nil
}

// ended demands that a call ended well.
func (o *outcome) ended() error {
	switch {
	case !o.done:
		return fmt.Errorf("liveness: the call did not end")
	case o.err != nil:
		return fmt.Errorf("the call ended in an error: %w", o.err)
	}
	return nil
}

// failed demands that it ended in an error which leaves open whether it ran.
func (o *outcome) failed() error {
	var e *rpc.Error
	switch {
	case !o.done:
		return fmt.Errorf("liveness: the call did not end")
	case o.err == nil:
		return fmt.Errorf("the call ended well, it should not know that")
	case !errors.As(o.err, &e) || e.SurelyNot():
		return fmt.Errorf("the error claims that the call did not run: %w", o.err)
	}
	return nil
}
