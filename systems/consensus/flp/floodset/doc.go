// Package floodset is consensus by rounds of known length, after N. Lynch,
// "Distributed algorithms", 1996, section 6.2: everybody tells all values that it
// knows of, in f+1 rounds, and decides the least. It is here to show what a model
// is worth: correct in the one that it names, and in few others.
//
// # Fault model and guarantee
//
// If every message arrives within the round that it was sent in, and up to
// Rounds-1 processes crash, also while they are sending:
//
//	I1  All that stay up decide, when the last round is over.
//	I2  They decide alike.
//	I3  What they decide is somebody's input.
//
// In some round nobody crashes; after it all that are up know the same, and
// nothing new can turn up. One round is enough if a message goes to all or to
// nobody, as on a bus. Without bounds on delay, with loss, or with processes that
// lie, no number of rounds is.
//
// # Messages
//
//	Known  process  all  the values that I know of
//
// Nothing is logged: who has crashed takes no part any more.
package floodset
