// Package snapshottest is the harness and the experiments of package snapshot.
//
//	Group    members in a simulated world, and the snapshots they took: group.go
//	tape     what a bystander saw of a member's messages: tape.go
//	branch   a process that sends money around, with vector clocks: bank.go
//	history  every event of the branches, in the order of the run: history.go
//	cut      a snapshot of the bank, and what must hold of it: cut.go
//	locker   a process that takes locks, with deadlocks: locks.go
//	mutator  a process that passes references to objects: objects.go
//
// The experiments:
//
//	consistent-cut    cuts are closed, channels exact, and a run passes through
//	conservation      no money is missing or there twice
//	record-then-mark  where the markers stand in the channels
//	termination       how many markers it takes, and how long
//	non-intrusive     with and without snapshots, a run is the same
//	assumptions       what becomes of it on networks that are not as presupposed
//	restart           a system that crashed goes on from its snapshot
//	deadlock          circles of waiting members are found, and no others
//	garbage           objects that nobody refers to are found, and no others
package snapshottest
