// Package engine is a storage engine: keys and values in a B+tree on pages,
// behind a buffer pool and a write-ahead log, recovered by ARIES. It makes
// transactions atomic and durable; isolating them from each other is the business
// of a scheme (systems/txn/scheme) that is chosen for each database.
//
//	Mohan, Haderle, Lindsay, Pirahesh, Schwarz: ARIES, TODS 17(1), 1992
//	Mohan, Levine: ARIES/IM, SIGMOD 1992 (undo by key)
//	Yang et al.: FIFO queues are all you need for cache eviction, SOSP 2023
//
// # The parts
//
//	scheme      who may do what when                  systems/txn/scheme and others
//	engine      units of work, snapshots, backups, verification     this package
//	btree       keys to pages; splits and merges as nested top actions
//	aries       log records, transaction table, rollback, checkpoints, restart
//	pool        pages in memory; dirty page table; double write; S3-FIFO
//	page        slotted pages with a checksum and a pageLSN
//	history     what keys were, for snapshots, as far as memory has no room for it
//	node.Log    one stream of the host's write-ahead log (kernel/wal)
//
// # What carries the log
//
// The records are a stream of the host's one write-ahead log, so that an engine
// on a host with other services shares their group commit, and its torn tail and
// its rot are kernel/wal's to tell apart. An LSN is the number of a record in
// that stream. To force the log is Env.Durable: it says when, and does not
// block, so that nothing here ever waits inside a call. Write-ahead of a page is
// kept without waiting: the page writer copies pages, and the copies wait for the
// log.
//
// # One owner
//
// A Database has one owner: calls come one after the other, and what would have to
// wait returns a ticket before it has changed anything. So it runs in the simulator
// as a part of a node; package serve/engine puts a latch around it and offers it to
// the goroutines of a program. Only snapshots are read in parallel.
//
// # Guarantees and faults
//
// Hosts crash at any moment and lose whatever is not synced, in any part; pages tear;
// power fails again during a restart; bits rot. Then:
//
//	G1  Every unit whose Commit returned nil is there, whole.
//	G2  Every unit that was never told to commit leaves no trace. One whose commit
//	    was not answered is there whole or not at all.
//	G3  The tree is whole (btree T1 to T4).
//	G4  What cannot be read as it was written is named, with file and page, or with
//	    segment and offset of the log, and is never served.
//	G5  A snapshot shows what was durable when it was taken, and nothing else, for as
//	    long as it is open. It is given up only if what it needs has no room on the disk.
//	G6  The loss of the data file is made good from a backup and the log.
//
// A failed write or sync stops the database: nothing is acknowledged any more.
//
// # Terms
//
// Commit is the append of a commit record; a unit has committed when that record is
// durable. A checkpoint is ARIES' fuzzy one and writes no page. A snapshot is a state
// to read from, not a copy. A Seq orders commits; an LSN orders log records.
//
// # Departures from the paper
//
//   - Latches are not needed: there is one owner.
//   - The tables in an end-checkpoint record are those of the moment of its
//     begin-checkpoint record, so that analysis can go on from there exactly.
//   - The log manager numbers records, not bytes.
//   - A record may change several pages: it is there whole or not at all.
//
// # Not here
//
// Locks, validation and versions for writers (systems/txn/lock, occ, mvcc); several
// trees in one database; secondary indexes; compression; encryption; keys longer than
// an eighth of a page, or values longer than half of the buffer pool.
package engine
