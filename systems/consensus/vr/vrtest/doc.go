// Package vrtest is the experiments of package vr, on the harness of package
// rsmtest, which says what is judged in all of them.
//
//	linearizable  the seed draws everything
//	view-changes  primaries die all the time; a log that is not the right one
//	recovery      replicas that keep their log in memory alone
//	leases        primaries that are cut off answer reads by themselves, for a while
//	orphans       a long log of an early view, and a short one of a later view
//	epochs        groups take the place of one another all the time, with learners
//	small         a search chooses every step, or tries all
//	leadership    VR and Raft on the same crashes of leaders: what a change moves
//	membership    VR and Raft replace one of three under load: who pauses
//
// Run them with `parley check vr`.
package vrtest
