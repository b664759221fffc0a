// Package multipaxostest is the experiments of package multipaxos, on the harness of
// package rsmtest, which says what is judged in all of them.
//
//	linearizable  the seed draws everything
//
// Run them with `parley check multipaxos`.
package multipaxostest
