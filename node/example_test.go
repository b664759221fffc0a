package node_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Echo is the one message of the system, sent there and back.
type Echo struct {
	Text string `wire:"1"`
}

var _ = wire.Register[Echo]("example.echo")

// Server answers every message with itself.
type Server struct{ env node.Env }

func (s *Server) Start(env node.Env) { s.env = env }

func (s *Server) Receive(from node.Addr, m node.Message) { s.env.Send(from, m) }

// Client is a sequence, and therefore a task: ask until an answer comes.
type Client struct{ server node.Addr }

func (c *Client) Start(env node.Env) {
	env.Go(func(t node.Task) {
		for attempt := 1; ; attempt++ {
			answer, err := t.Call(c.server, &Echo{Text: "hello"}, 50*time.Millisecond)
			if err != nil {
				fmt.Printf("%v: attempt %d: %v\n", env.Elapsed(), attempt, err)
				t.Sleep(100 * time.Millisecond)
				continue
			}
			fmt.Printf("%v: attempt %d: %s\n", env.Elapsed(), attempt, answer.(*Echo).Text)
			return
		}
	})
}

func (c *Client) Receive(node.Addr, node.Message) {}

// A complete system: a server, a client, and a world whose server is down for
// the first fifth of a second.
func Example() {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Constant(2 * time.Millisecond)}})
	defer w.Close()
	server := w.Host("a").Serve("echo", func() node.Node { return new(Server) })
	w.Host("b").Serve("client", func() node.Node { return &Client{server} })

	w.Host("a").Crash()
	w.After(200*time.Millisecond, w.Host("a").Restart)
	w.Run(time.Second)

	// Output:
	// 50ms: attempt 1: no answer in time
	// 200ms: attempt 2: no answer in time
	// 304ms: attempt 3: hello
}
