// Package node is the contract between a distributed protocol and whatever
// runs it. If you want to write a protocol of your own, start here.
//
// A protocol is a deterministic state machine. It has no goroutine, channel,
// mutex, wall clock, global random source, socket or file of its own. All that
// it can do stands in Env, and all that can happen to it is a call: Start,
// Receive, a timer, a completion, a step of one of its tasks. In return the
// same code, unchanged,
//
//   - runs in kernel/sim, on virtual time, where a seed decides every delay,
//     loss, crash and torn write, and the same seed gives the same run;
//   - runs in kernel/live, on sockets, files and the wall clock;
//   - is judged by kernel/check, and traced by kernel/trace.
//
// # A complete system
//
// The example of this package is a whole one: an echo server, a client written
// as a task, and the world that they run in. In short:
//
//	type Echo struct{ Text string }
//	type Server struct{ env node.Env }
//
//	func (s *Server) Start(env node.Env)                  { s.env = env }
//	func (s *Server) Receive(from node.Addr, m node.Message) { s.env.Send(from, m) }
//
// Messages are pointers to plain structs and are registered with kernel/wire
// under a name that stays theirs for ever.
//
// # The output rule
//
// Nothing that a node says leaves it before everything that it logged earlier
// is durable. Append to a Log, Send an acknowledgement: the kernel sees to the
// order, with one fdatasync for many steps of many services. Two exits exist
// for the known optimisations and are rare: SendEarly, which may overtake the
// disk, and Durable, which says when the disk has caught up. A leader that
// writes its own disk in parallel with its followers uses both.
//
// The rule is kept per node. Messages between services of one host obey it
// too, so what one service knows of another is always durable.
//
// # Handlers and tasks
//
// Replicas, acceptors and routers are handlers with explicit state: easy to
// inspect, to snapshot and to explore. What is a sequence by nature (a client,
// a coordinator, a join) may be a task, which can Sleep, Call and Await. Tasks
// are coroutines on the node's own loop: there is no parallelism, hence no
// data race, and a crash unwinds them.
//
// # What to avoid
//
// Ranging over a map in an order that can reach a message or a log; unstable
// sorts with ties; package variables; float sums whose order varies; keeping a
// part of a received message and changing it. Every simulated test runs its
// seed twice, once with messages passed by reference and once through the
// codec, and compares the two runs, which finds most of these.
package node
