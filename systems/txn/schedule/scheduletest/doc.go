// Package scheduletest is the harness and the experiments of package schedule.
//
// A run draws a few small transactions and looks at every order in which they
// can interleave, or draws one long schedule. What the package answers by graphs
// and inequalities is compared with the definitions word for word, which are
// written here once more and share no code with it:
//
//	bySwaps      neighbours that do not conflict change places until the
//	             schedule is serial (definition.go)
//	byOrders     some serial order has all conflicts alike (definition.go)
//	manager      a lock manager that may lock and unlock at any time, and tries
//	             everything (manager.go)
//	state        a database of numbers on which schedules are run (state.go)
//
// Question is how an experiment that needs no simulated world is made, here and
// in the harnesses of neighbours.
package scheduletest
