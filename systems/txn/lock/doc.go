// Package lock is a lock table, and two-phase locking as a scheme over it.
//
//	Gray, Lorie, Putzolu, Traiger: Granularity of locks and degrees of
//	consistency in a shared data base, 1976 (modes, intentions, queues)
//	Eswaran, Gray, Lorie, Traiger: The notions of consistency and predicate
//	locks in a database system, CACM 1976 (two phases, phantoms)
//	Rosenkrantz, Stearns, Lewis: System level concurrency control for
//	distributed database systems, TODS 1978 (wait-die, wound-wait)
//	Gray, Reuter: Transaction Processing, 1993, chapters 7 and 8 (update mode)
//
// # What is locked
//
//	Database   one granule above all others; who locks below announces it here
//	           in an intention mode
//	Key        a key, whether or not there is an entry of that name
//	Range      all keys between two, those that are not there included, which
//	           is a predicate lock for the predicates that a scan can evaluate
//
// A Key and a Range conflict if one contains the other, two Ranges if they
// overlap. A Range that an owner adds next to one of its own in the same mode
// becomes one with it, so that a scan holds one lock however far it walks.
//
// # Modes
//
//	held \ asked                 IS   IX   S    U    SIX  X
//	IS   IntentShared            yes  yes  yes  yes  yes  -
//	IX   IntentExclusive         yes  yes  -    -    -    -
//	S    Shared                  yes  -    yes  yes  -    -
//	U    Update                  -    -    -    -    -    -
//	SIX  SharedIntentExclusive   yes  -    -    -    -    -
//	X    Exclusive               -    -    -    -    -    -
//
// Update reads what will be written: it joins readers that are there, and lets
// no others in. Of two that read in mode Shared and then both write, one has to
// be aborted; in mode Update the second waits.
//
// # Queues
//
// A request waits for the locks of others that are incompatible with it, and for
// requests ahead of it that are, either way round: so nobody is overtaken by who
// would keep it waiting longer. Order is by arrival, but under Detect whoever
// holds a lock that overlaps goes before those who hold none, since they may be
// waiting for that lock.
//
// # Deadlock
//
//	Detect     a cycle of the waits-for graph is looked for whenever somebody
//	           begins to wait, and its youngest is aborted
//	WoundWait  the older aborts the younger in its way; the younger waits
//	WaitDie    the older waits; the younger is aborted
//	NoWait     whoever would wait is aborted
//	Timeout    nothing: whoever has waited for too long aborts itself, in a cycle or not
//
// Transactions that are tried again keep their age, so that each becomes the
// oldest at last. A transaction that is committing cannot be aborted, and does
// not have to be: it asks for no more locks.
//
// # Guarantee and invariants
//
// TwoPhase keeps all locks until a transaction has its commit record in the log, or is
// undone (rigorous, also called strong strict, two-phase locking): histories are strictly
// serializable, phantoms included, and no abort drags others along. It is answered when
// that record is durable. Options.Phantoms locks only the entries that a scan found, and
// gives repeatable read.
//
//	L1  Two locks that overlap, of different owners, are compatible in the
//	    order in which they were granted.
//	L2  Nobody waits who has no blocker.
//	L3  After every call, the waits-for graph has no cycle, but under Timeout.
//	L4  After its first release, an owner is granted nothing.
//	L5  Somebody is aborted only for a cycle (Detect), for an older one
//	    (WoundWait, WaitDie), for a wait (NoWait), or at a bound.
//
// # Bounds
//
// Options.Locks and Options.Waiting bound the table; who meets a bound is aborted.
// A waiting owner that gives up, after a time of its own choice, calls Abort.
//
// # Not here
//
// Escalation from keys to the database; locks that survive a restart, as a
// prepared transaction of two-phase commit would need.
package lock
