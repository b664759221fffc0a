// Package bank is a resource for two-phase commit: accounts with balances, of which
// transactions read some and add to some.
//
// Locks are strict two-phase locks, shared for readers and exclusive for writers. An
// operation that meets a lock of another transaction is refused rather than made to
// wait, so that there are no deadlocks; its transaction is tried again by whoever
// wants it. Balances may not be negative, which is checked when a transaction is
// prepared: an overdraft is a vote of no.
//
//	I1. Balances hold what was committed, and nothing else.
//	I2. A transaction's locks are kept until it commits or aborts, over restarts if
//	    it is prepared.
//	I3. The sum of all balances changes by what was added, so transfers keep it.
package bank
