// Package quorum replicates registers by quorums, without a leader: a write is done
// once W of N copies have it, a read asks R of them.
//
// After D. Gifford, "Weighted voting for replicated data", SOSP 1979, and, for what
// it takes to be linearizable, H. Attiya, A. Bar-Noy and D. Dolev, "Sharing memory
// robustly in message-passing systems", JACM 42(1), 1995 (cited as ABD).
//
// # Faults
//
// Links lose, delay, duplicate and reorder messages, and may be cut. Copies crash
// and come back with their disks. N-max(R,W) of them may be away.
//
// # Guarantee
//
// Q1. If R+W > N, every read meets every write that was done before it, and by its
// stamp the latest. No more follows from the overlap: two readers of a write that is
// under way may see the new value and then the old one.
//
// Q2. With Config.WriteBack registers are linearizable: a reader makes what it
// returns known to W copies first (ABD). Writers choose their stamps above those of
// R copies, so that done writes are ordered.
//
// Q3. Whoever cannot reach R or W copies gets an error rather than an answer that
// Q1 does not hold for. This is the choice that a partition forces: the other one is
// package multimaster's.
//
// # Messages
//
//	message  from    to      why
//	Get      client  copies  the latest version of this key?
//	Version  copy    client  here it is
//	Put      client  copies  take this version, unless yours is later
//	Stored   copy    client  it is on disk
//
// # What the source leaves unsaid
//
// "R+W > N" is often given as the condition for strong consistency. It is that of
// Q1; Q2 takes stamps and the write-back besides. Raft, in whose place one might
// think of this, does it otherwise: reads go to a leader, who has a majority confirm
// that it leads.
//
// # Not here
//
// Changes of the group, deletion, read-modify-write: that needs consensus.
package quorum
