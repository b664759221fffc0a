// Package multipaxostest is the experiments of package multipaxos, on the harness of
// package rsmtest, which says what is judged in all of them.
//
//	linearizable    the seed draws everything
//	takeovers       leaders die all the time; values of several ballots, and gaps
//	promises        acceptors crash right after they promised
//	leases          clocks at the ends of their bound; leaders that are cut off
//	membership      other acceptors all the time, and faults when they come into force
//	small           a search chooses every step, or tries all
//	acting-leaders  who believes that he leads, with leases and without
//	first-leads     all are candidates at once
//	races           refusals with a leader, and with everybody proposing
//	failover        what a command costs before and after a leader's end
//
// Run them with `parley check multipaxos`.
package multipaxostest
