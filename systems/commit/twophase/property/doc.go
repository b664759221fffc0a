// Package property gives the words safety and liveness the smallest systems in which
// they can be kept and broken: locks for a few processes, and servers that gossip.
//
// Safety says that nothing bad happens, and a finite run refutes it: two processes
// inside (mutual exclusion), or one that overtakes a waiting one twice (bounded
// overtaking). Liveness says that something good happens in the end. No finite run
// refutes it, since it might have gone on; what does is a cycle that can be repeated for ever
// (starvation freedom), or a state that never changes again (eventual agreement).
// After L. Lamport, "Proving the correctness of multiprocess programs", 1977, and
// B. Alpern and F. Schneider, "Defining liveness", 1985.
//
//	lock    for    step                                    keeps
//	Spin    any n  tests and sets a flag                   mutual exclusion
//	Turns   two    raises a flag, gives the turn away,     and overtaking at most once
//	               waits (G. Peterson, 1981)
//	Queue   any n  asks a service, which grants in order   and starvation freedom
//
// A lock is a state and atomic steps, one process at a time, so that a search can
// try all interleavings. Phase tells where each process is:
//
//	Idle ──asks──► Waiting ──enters──► Inside ──leaves──► Idle
//
// Server is one of several that hold a copy of a value: whoever writes tells the
// others until they confirm, and the newest write wins. Once nobody writes and
// messages get through, all hold the same (I1); at any time each answers (I2), with
// what may be stale.
package property
