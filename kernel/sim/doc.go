// Package sim runs nodes on virtual time, where a seed decides every delay,
// loss, crash and torn write, and the same seed gives the same run.
//
// # A first run
//
//	w := sim.New(sim.Config{Seed: 1})
//	defer w.Close()
//	for _, name := range []string{"a", "b", "c"} {
//		w.Host(name).Serve("echo", func() node.Node { return new(Server) })
//	}
//	w.Run(10 * time.Second)
//
// A host is the unit of failure. Its services share one clock, one disk and
// one fate; each is made anew, by the function given to Serve, for every
// incarnation of its host. What a run does between two events is up to the
// harness: Do enters a node, Node looks at one, At and After plan ahead,
// OnEvent checks an invariant after every event.
//
// # Events
//
// The world is a queue of events ordered by time and, at one time, by the
// order of their making. An event is a message's arrival, a timer, the
// completion of an fsync, file operation or job, the start of a node, or a
// function of the harness. One event of one node runs like this:
//
//	handler -> woken tasks -> completions due -> ... until nothing is left
//	        -> records appended? write them, begin an fsync if none is running
//	        -> OnEvent hooks
//
// # The output rule
//
// A send or Durable completion that follows an append is held by its node
// until the log is durable up to that append:
//
//	Append r1   Send m1      write r1     fsync ends
//	----|----------|-------------|------------|---------------> time
//	               |<----- m1 is held ------->| m1 leaves
//
//	crash here:    ^ r1, m1 gone ^ r1 or not  ^ r1 stays, m1 may be gone
//
// Records are written at the end of the step. While an fsync is under way no
// other begins; the next one serves all steps of all services that came
// meanwhile. A crash drops what is held, and the log keeps a prefix of what was
// written: in one case of three only the process dies, so that the cache of its
// operating system keeps all of it for the time being, else power is lost. The
// next incarnation makes durable what it finds, in the log and in files, before
// any node acts on it; power that is lost sooner, in a PowerLoss while the host
// is down, takes that cache as well.
//
// # Invariants
//
//	I1  A message leaves only after everything that its sender appended before
//	    it is durable (but for SendEarly).
//	I2  Virtual time never goes back, and events of one time run in the order
//	    in which they were made.
//	I3  A draw depends on the seed, the stream it is drawn from, the entity it
//	    is drawn for, and how often that entity drew before; on nothing else.
//	    Whoever takes one fault away leaves every other draw as it was.
//	I4  Nothing of an incarnation runs after its end: no timer, completion or
//	    task, and no effect of the step that was cut short.
//	I5  Elapsed never goes back, whatever is done to a clock.
//	I6  What a node finds in its files when it starts is durable.
//
// # Faults
//
// Links, partitions, clocks, disks and hosts can be set by hand (Shape, Cut,
// Host.Clock, Host.Disk, Host.Crash and so on) or by a Plan, which is text:
//
//	from 0s to 10s loss 0.1 links *
//	at 1.2s for 3s partition halves a,b | c,d,e
//	at 2s crash a; restart after 500ms
//	on write of b with 0.05 crash; restart after 1s
//
// Parse reads it, Swarm draws one from a seed, World.Apply carries it out.
// Since a plan is a list of lines and draws are keyed, a failing run is shrunk
// by leaving out lines. After the faults comes the healing phase: Heal lifts
// them all and restarts everybody, and Converge says why the system has not
// come to rest.
//
// # Determinism
//
// Hash condenses every event of a run. Twice runs a scenario once with
// messages passed by reference and once through kernel/wire, compares the
// two, and names the first event that differs. That finds map order, hidden
// state, and two nodes that share memory through a message; it also stops at a
// message that was changed after it was sent.
package sim
