// Package dotted is the dotted version vector set: the versions of one stored value
// that nobody has overwritten yet, with just enough history to tell which they are.
// After P. Almeida, C. Baquero, R. Gonçalves, N. Preguiça and V. Fonte, "Scalable
// and accurate causality tracking for eventually consistent stores", DAIS 2014.
//
// A store with several replicas takes writes at any of them. A write brings the
// context that its client read, which says what the client has seen; what it has not
// seen is a sibling of what it writes, and both are kept. Version vectors by client
// grow with the clients. Version vectors by replica cannot tell two writes that one
// replica took from clients that read the same: either one is lost, or each is
// mistaken for the other's successor (sibling explosion). A dot, the number of one
// event at one replica, beside the vector tells them apart, and the vector has an
// entry per replica.
//
// A Set holds all siblings of a value at once: for every replica the number of events
// that are known, and the values that are still live of the latest of those events.
//
//	replica  events  live values, the newest event's first
//	a        5       [a5 a4]   a1 to a3 are known and overwritten
//	b        2       []        b1 and b2 are known and overwritten
//
// # Invariants
//
// I1. A replica's events are known without gaps, from 1 to its number, for a context
// never is of one event without those before it at that replica.
//
// I2. Of n live values of a replica with number c, the i-th, from 0, is that of event
// c-i. n is at most c.
//
// I3. Entries are sorted by replica, and there is one of each.
//
// # Guarantee
//
// A value is in a Set exactly if its write is known and no known write's client had
// seen it. Sync is commutative, associative and idempotent, so replicas that have
// heard of the same writes hold the same values.
//
// # Use
//
// A replica that gets a read answers Values and Context. One that gets a write with
// context c calls Event(c, itself, value), stores the Set and sends it to the others,
// who Sync it with theirs. Only the replica itself makes events in its name, from the
// Set that it has stored: one that forgot events would give their numbers again, and
// needs a new name.
//
// # Departures
//
// The paper's sets also have values without a dot (of writers that do not know their
// server yet); here every write has one. Where the paper keeps live values as the
// newest of a replica, so does this: a context always covers the older of two events
// of a replica if it covers the newer.
package dotted
