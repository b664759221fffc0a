// Package lamport is the logical clock of L. Lamport, "Time, clocks, and the
// ordering of events in a distributed system", CACM 21(7), 1978: a counter
// whose readings respect causality, and a total order of all events made of it.
//
// Nothing here sends a message. A protocol keeps a Clock per process, calls Tick
// for an event of its own and puts the reading into every message that the
// event sends, and calls Receive with the reading that a message brought.
//
// # Guarantee
//
// I1. Clock condition: if event a happens before event b, then C(a) < C(b),
// whatever messages are delayed, reordered, duplicated or lost.
//
// I2. Stamps, which are readings with the number of their process, are distinct
// and totally ordered by Compare, and that order extends happens-before.
//
// The converse of I1 does not hold: C(a) < C(b) says that b did not happen
// before a, and nothing more. For the converse see package vector.
//
// # Where to read
//
// IR1 and IR2 of the paper are Tick and Receive in clock.go; the relation => of
// the paper ("The total ordering") is Compare in stamp.go.
//
// # Limits
//
// A reading has 64 bits. Receive refuses stamps in the upper half of that range,
// which no count of events reaches: they are the work of a fault, and adopting
// one would bring the whole group near the end of the counter. A clock does not
// survive a crash; a process that does must keep a bound of its readings
// durable, as package multicast does.
package lamport
