// Package live runs nodes on sockets, files and the wall clock: the same
// node.Env as kernel/sim, for real.
//
//	host, err := live.Open(live.Config{
//		Name:   "a",
//		Dir:    "/var/lib/parley/a",
//		Listen: "127.0.0.1:7401",
//		Peers:  map[string]string{"b": "127.0.0.1:7402"},
//	})
//	err = host.Serve("echo", func() node.Node { return &Server{} })
//	err = host.Do("echo", func(n node.Node) { ... })  // from a door, any goroutine
//	err = host.Close()
//
// # The pipeline
//
// Each service has a loop: one goroutine on which everything happens that
// happens to its node. Loops never wait for the disk or the network; whatever
// waits is another goroutine, and between two goroutines there is always a
// slice that one side fills and the other side takes whole. So the busier a
// host is, the more events share one lock, one wake-up, one fdatasync, one
// write to a socket. Who is alone has nothing to share, and need not wake anybody
// up: DoHere runs a function in the place of a loop that sleeps.
//
//	doors (Do)   peers' readers   timers, jobs, file syncs
//	     \             |             /
//	      v            v            v
//	    +------------------------------+
//	    |  mailbox (bounded)           |   one a service
//	    +---------------+--------------+
//	                    | takes all of it
//	                    v
//	    +------------------------------+
//	    |  loop: Receive, timers,      |   one goroutine a service
//	    |  tasks; rounds of 128 events |
//	    +---+----------------------+---+
//	 Append |                      | Send, Durable
//	        v                      v
//	 +-------------+   durable  +-----------+
//	 | wal buffer  |  position  | held      |  in order, each with the log
//	 +------+------+  . . . . > | outputs   |  position that it waits for
//	        v       .           +-----+-----+
//	 +-------------+                  | released by the loop
//	 | syncer:     |                  v
//	 | write,      |            +-----------+
//	 | fdatasync   |            | peer      |  bounded queue; the writer
//	 +-------------+            | writers   |  encodes and sends
//	 one or two a host          +-----------+  one goroutine a peer
//
// While one batch of records is on its way to the disk, the loops go on: what
// they append meanwhile, all services of the host together, is the next batch.
// A second one sets off beside it only when there is much to carry: with 100
// callers one at a time is faster by half, since batches are twice as large,
// with 1,000 two are.
//
// A thread in fdatasync keeps its processor, in the sense of GOMAXPROCS, until
// the runtime's monitor takes it away. On few processors that is felt: with
// GOMAXPROCS at one more than there are, commits of 100 callers on two
// processors went 1.5 to 2 times as fast.
//
// # Invariants
//
//   - I1. All calls into a node come from its loop, one after the other; while
//     the loop sleeps, a visitor (DoHere) may take its place.
//   - I2. The output rule: what a node sends, and what it has run by Durable,
//     takes effect only when the log is durable up to the node's latest Append
//     before it. SendEarly is the one exception.
//   - I3. Outputs of a node take effect in the order in which it made them;
//     messages from one node to another arrive in that order while a
//     connection lasts, and not twice.
//   - I4. A message is from the host that the connection's handshake proved.
//     Frames do not say it, so nobody can lie about it.
//   - I5. Once a host has stopped, by Close, a failed write or fdatasync, Halt
//     or a panic, no further output of any node takes effect.
//   - I6. Every queue is bounded, and Bounds says what happens at the bound.
//
// # What stops a host
//
// A failed write or fdatasync of the log, a log that does not read back as it
// was written, Env.Halt, a message that cannot be encoded, and a panic of a
// node or of a job: each stops the whole host at once. It is never restarted
// from within: what is in memory may be half of something. Done is closed, Err
// tells what happened where, and whoever runs the process decides.
//
// # The transport
//
// Hosts speak over TCP, in frames (frame.go), after a handshake that exchanges
// protocol version, cluster and names (hello.go). Of two hosts that know each
// other's addresses each dials the other, and sends on the connection that it
// dialled. A host that others have no address of, such as a client, is a guest:
// its one connection serves both directions. Connections are dialled again for
// ever, with growing, jittered pauses; messages for a host that cannot be
// reached are dropped rather than kept for its return.
//
// Beyond loopback everything travels in TLS 1.3 with certificates on both
// sides, from one authority (Credentials), and a certificate must name the host
// that it is used for. Open refuses other configurations. On loopback without
// credentials every process of the machine can pose as any host.
//
// # The directory
//
//	DIR/lock             held while the host is open; see disk.Lock
//	DIR/wal/             the write-ahead log of all services (kernel/wal);
//	                     Env.Log("x") of service s is its stream "s/x"
//	DIR/files/SERVICE/   Env.Disk() of that service
//
// # Differences from the simulator
//
// Now is the system's clock and steps as that does; Elapsed is Go's monotonic
// clock, which on Linux stands still while the machine sleeps. Job and file
// syncs really run beside the loop. An incarnation ends with the host, so a
// service is served once per Open.
package live
