// Package roll finds out, before a replica starts, whether its host has lost
// its disk, or has got an older state of it back.
//
// A replica with an empty disk that is a member already is dangerous: it has
// forgotten whom it voted for and what it acknowledged, and with its vote a
// majority may elect a leader that lacks what was committed. An empty disk is
// as it should be when a cluster begins, though, so the disk alone cannot tell.
// The other hosts can, if they remember.
//
//	fresh host c                     hosts a, b
//	draws an identity, logs it
//	    ── Greeting(id, fresh) ──►   c is unknown: log (c, id), then answer
//	    ◄── Recognition(id) ─────
//	logs that it is established:
//	the replica may start
//
//	later, with an empty disk again
//	    ── Greeting(id', fresh) ─►   c is known as id, which is not id'
//	    ◄── Recognition(id) ─────
//	halts
//
// All logs obey the output rule, so what was said is remembered.
//
// A directory that was copied and brought back later is as bad: the host has
// forgotten what it said since. So once a second each host writes a number down, its
// mark, each greater than the last, and shows it to the others; who greets with a
// lower one than it has shown has an older disk.
//
//	host c                           hosts a, b
//	logs mark 8
//	    ── Shown(8) ────────────►    log (c, 8)
//	back with the disk of mark 5
//	    ── Greeting(id, 5) ─────►
//	    ◄── Recognition(id, 8) ──
//	halts
//
// # Invariants
//
//	I1. A host is established once a majority of the cluster, itself included,
//	    has its identity on disk. Only then may its replica start.
//	I2. A host that knows an identity replaces it only by that of an
//	    established host, whose disk is not in doubt.
//	I3. begin runs once an incarnation at most.
//	I4. An identity is on its host's disk before anybody else learns it: a crash
//	    in the middle of a first start does not look like a lost disk.
//	I5. A host that learns of a mark of its own that its disk does not have halts.
//
// # Limits
//
// A host that lost its disk is told so by whoever knows it. If all that answer
// have never met it (they were cut off since the cluster began, or have lost
// their disks too), it starts.
//
// A host that was established before waits half a second for what others know, or
// until a majority has answered, and then starts; who is told later halts later.
// What was said less than a second before the copy was taken may go unnoticed. When
// all directories are put back to one moment nobody remembers anything later, as it
// should be.
package roll
