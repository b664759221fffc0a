// Package snapshottest is the harness and the experiments of package snapshot.
//
//	Group    members in a simulated world, and the snapshots they took: group.go
//	tape     what a bystander saw of a member's messages: tape.go
//	branch   a process that sends money around, with vector clocks: bank.go
//	history  every event of the branches, in the order of the run: history.go
//	cut      a snapshot of the bank, and what must hold of it: cut.go
//
// The experiments:
//
//	consistent-cut    cuts are closed, channels exact, and a run passes through
//	conservation      no money is missing or there twice
//	record-then-mark  where the markers stand in the channels
package snapshottest
