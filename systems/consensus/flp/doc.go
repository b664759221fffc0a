// Package flp is the impossibility of consensus as something to run: the model of
// M. Fischer, N. Lynch and M. Paterson, "Impossibility of distributed consensus
// with one faulty process", J. ACM 32(2), 1985, protocols that try, an explorer
// that says how each of them fails, and the adversary of the proof. The ways round
// it are packages of their own: benor (chance), rotating (a failure detector) and
// floodset (known bounds on delay).
//
// # The model (section 2)
//
// N processes have an input of 0 or 1 each, and write an output once. A
// configuration is the states of all processes and the message buffer. An event
// e = (p, m) lets p receive m, which is taken from the buffer, or nothing; p
// changes its state and sends, deterministically, in one step. A schedule is a
// sequence of events. Messages are delivered exactly once, uncorrupted, in any
// order, after any time: a process that is waited for may be slow or dead, and
// nobody can tell.
//
//	C0 --(p0, nothing)--> C1 --(p1, report(0) from p0)--> C2 ...
//
// A run is admissible if at most one process takes only finitely many steps, and
// every message to the others is received. A protocol would have to be partially
// correct (no configuration with two outputs, both outputs possible) and decide in
// every admissible run. None does.
//
// # How a protocol fails (Examine)
//
//	disagreement  two outputs differ in some configuration that can be reached
//	invalid       an output is nobody's input
//	blocked       a schedule after which, without one process, nobody ever decides
//	endless       none of these was found, and the adversary keeps it undecided
//
// Candidates are in Candidates, and Table draws from a family of them; whoever
// believes to have a better one writes a Protocol.
//
// # The proof, as computed
//
//	Lemma 1  schedules of different processes commute: Graph.Commutes
//	Lemma 2  some initial configuration is bivalent: Chain lists initial
//	         configurations, neighbours differing in one input, with what can still
//	         become of each; if two neighbours can only decide differently, then the
//	         process between them, silent, keeps the others from deciding
//	Lemma 3  from a bivalent configuration, and for an event e that is possible
//	         there, some schedule ending in e leads to a bivalent one: Graph.Stay
//	Theorem  stage by stage the process whose turn it is receives its oldest message,
//	         as the last event of such a schedule: Adversary
//
// The valency of a configuration is exact in a graph that was explored to its end.
// Where there is no end it is a lower bound, found by runs that decide; and a
// configuration from which one run decides 0 and another 1 is bivalent for certain,
// which is all that the adversary needs.
//
// # Invariants
//
//	I1  A schedule that anybody returns replays: each event is possible where it
//	    stands. Replay checks it.
//	I2  In a run of the adversary nobody decides; every process takes a step in
//	    every N stages; a message that found k others waiting for its receiver is
//	    received within N (k+1) stages.
//
// # Where the notes err
//
// What fails is a crash that nobody can detect: with detectable stops consensus is
// easy. Messages arrive in any order: with a broadcast in one total order it is easy
// too. And a bivalent beginning is half of the proof only; the other half is that
// bivalence can be kept (Lemma 3).
package flp
