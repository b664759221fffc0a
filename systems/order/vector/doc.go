// Package vector is the vector clock: a clock whose readings are ordered exactly
// as the events are by causality. After C. Fidge, "Timestamps in message-passing
// systems that preserve the partial ordering", 1988, and F. Mattern, "Virtual
// time and global states of distributed systems", 1989.
//
// The processes of a fixed group are numbered from 0. Entry i of the reading of
// an event is the number of events of process i that happened before it, or are
// it. (Read strictly, "precede" would leave out the event itself, and the own
// entry would be smaller by one.)
//
// # Guarantee
//
// I1. V(a) < V(b) exactly if a happens before b, and V(a) = V(b) exactly if they
// are one event. Events whose readings are incomparable are concurrent.
//
// That is what Lamport's clock lacks (package lamport), and it has a price: a
// reading has an entry per process, and no clock with fewer entries can do it
// (Charron-Bost, 1991).
//
// # Use
//
// A process calls Tick with its own number for every event of its own, lets a
// message carry a Clone of the reading, and calls Receive with the reading that a
// message brought. Comparison pads the shorter of two readings with zeros, so
// that a group may grow. Broadcasts that must arrive in causal order count sends
// only (package multicast, causal.go): with receive events counted, a gap in an
// entry would not mean a missing message.
//
// # Not here
//
// Membership that changes without numbers for all (interval tree clocks). Versions
// of stored values by the names of the replicas that took them are package dotted's.
package vector
