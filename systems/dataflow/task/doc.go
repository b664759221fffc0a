// Package task keeps the books of work that is cut into tasks and handed to
// workers that fail, lag and lie dead without saying so. Whoever coordinates such
// work (a master of MapReduce, a scheduler of graphs, streams or a cluster) owns
// a Table for each phase; the table decides nothing about where tasks run.
//
// # Task, attempt, token
//
// A task is a place from 0 in a table, and idle, running or done. An attempt is
// one execution of a task by one worker. It is known by its Token, which is
// greater than every token given out before, also by earlier incarnations of the
// table's owner: those had a lesser epoch.
//
//	        Grant                    Commit, the first
//	idle ------------> running ----------------------------> done
//	 ^ ^    Fail, Revoke, |  ^ Grant (a backup)               |
//	 | |    Expire of the |  |                                |
//	 | +--last attempt----+--+                                |
//	 |                        Reopen: the result was lost     |
//	 +--------------------------------------------------------+
//	idle ---- Adopt: the result is there from an earlier epoch ----> done
//
// # What it promises
//
//	T1  Of the attempts of a task the first Commit wins. Others are told that
//	    they lost, and change nothing.
//	T2  An attempt that failed, was revoked or let its lease run out is fenced:
//	    its Commit is refused. What it does to anything else is stopped there by
//	    a Fence, if tokens come along.
//	T3  A task is idle if and only if it is not done and has no attempt.
//	T4  Tokens never repeat and only grow.
//	T5  Counters of a task count once: those of the attempt that won last.
//
// A lease is renewed by signs of life of the attempt, not of its worker: if the
// order to begin was lost on its way, the worker lives and the attempt does not.
// Leases are measured by the owner's oscillator alone. An attempt whose lease ran
// out may well go on; T2 is what makes that harmless.
//
// # Stragglers
//
// Straggler names the running task that most deserves a backup: one whose only
// attempt takes longer than the usual time by a factor, when no task is idle
// and most are done; and of those the one that is expected to end last.
//
// # What it does not do
//
// It sends nothing, keeps nothing on disk, and has no clock: its owner hands in
// the time. What an owner must find again after a crash it takes from the table
// and puts back by Adopt; attempts are not put back, they are fenced by the new
// epoch.
package task
