// Package pool is the buffer pool: it moves pages between memory and the data
// file. It steals (a page with changes of unfinished transactions may be
// written) and does not force (a commit writes no page), which is why the log
// must be able to undo and to redo.
//
// # Rules
//
//	B1  A copy of a page is written only when the log is durable up to the copy's
//	    LSN: write-ahead logging.
//	B2  A page is written at home only when a copy of it is durable in the
//	    double-write file. Whatever a crash tears is there in full.
//	B3  The memory for pages is taken once, and is never exceeded.
//	B4  recLSN of a dirty page is the first record whose change may be missing
//	    from the disk's version. ARIES' dirty page table is those pairs.
//
// # Torn pages
//
// Two ways are known. PostgreSQL logs a page's full image at its first change
// after a checkpoint: that multiplies the log just where commits wait for it,
// a hundredfold for changes of a hundred bytes at random places. InnoDB writes
// pages twice, out of anybody's way, in batches. This pool writes twice.
//
//	file double   | "PARLEYDW" 8 | checksum 4 | count 4 | sequence 8 | ids 4*count |
//	              | page | page | ...           from offset 4096 on
//
// A batch is: write header and copies, sync, write the pages at home, sync.
// Restore, before anything is read, looks at the last batch only. If its header
// and all its copies are good, the first sync may have been completed, and those
// pages that are bad at home are written again. If not, no page of it was
// written at home. Therefore a bad page that is not in the last batch has
// rotted, and that is an error that only a backup mends.
//
// # Eviction
//
// S3-FIFO (Yang et al., SOSP 2023): new pages enter a small queue, and leave
// memory from there unless they are used again; a scan, however long, passes
// through a tenth of the frames. Those used again move to the main queue, which is
// a clock. Uses that come close together count as one (the correlated references of
// O'Neil, O'Neil and Weikum, SIGMOD 1993): a walk comes back to a leaf for every entry,
// and a reader to a page that it had to wait for. Pages that come back soon after
// they left the small queue (ghosts) go to the main queue at once. Clean pages only
// are evicted; a writer in the background keeps enough of them.
//
// # Operations
//
// There is no pinning. An operation calls Begin with the most frames that it
// will touch: if there might not be enough it waits before it has done anything
// (a *scheme.Ticket). A frame stays where it is until the next Begin.
package pool
