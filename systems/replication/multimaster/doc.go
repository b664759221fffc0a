// Package multimaster replicates registers so that every copy takes reads and
// writes by itself and asks nobody: it answers whatever the network does, at the
// price of promising no more than causal consistency.
//
// The model is the causal memory of M. Ahamad, G. Neiger, J. Burns, P. Kohli and
// P. Hutto, "Causal memory: definitions, implementation, and programming", 1995;
// their implementation on vectors is causal multicast (systems/order/multicast),
// and so writes travel by that.
//
// # Faults
//
// Links lose, delay, duplicate and reorder messages, and may be cut for any time.
// Copies crash and come back with what they logged. A copy that stays away fills
// the others' bounded backlogs; then they refuse writes (Written.Refused), and
// still answer reads.
//
// # Guarantee
//
// M1. A read returns what the copy's latest write of the key is, own or foreign.
//
// M2. A copy takes a foreign write only after everything that the write's copy had
// taken before it: no client that stays at one copy sees an effect before its
// cause. Concurrent writes may be taken in different orders at different copies.
//
// M3. With Config.Converge a write is visible only where it carries a later stamp
// than the one that it would replace (Lamport's time, then the copy's place): all
// copies that have taken the same writes are equal.
//
// A client must stay at one copy: whoever moves may find that his own writes are
// not there yet.
//
// # Messages
//
//	message  from    to      why
//	Read     client  copy    the value of this key?
//	Found    copy    client  here it is
//	Write    client  copy    set this key
//	Written  copy    client  it is logged, visible here, and on its way; or why not
//
// # Not here
//
// Transactions, deletion, detection of conflicts: the later stamp wins, and without
// Converge whichever comes last.
package multimaster
