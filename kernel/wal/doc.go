// Package wal is the one write-ahead log of a host. The services of a host
// share it as named streams, so that one fdatasync makes records of many
// services durable: hundreds of consensus groups on a host do not mean
// hundreds of syncs. Each stream has its own numbering and its own truncation,
// and is the node.Log of one node.
//
// # Use
//
//	w, err := wal.Open(fsys, wal.Options{})
//	s := w.Stream("raft")
//	for lsn, record := range s.Records(0) { ... }  // what an earlier run left
//	s.Append(record)                               // into a buffer
//	w.Write()                                      // to the file
//	w.Sync()                                       // now it is durable
//
// Append never waits for a disk. Write may run while a Sync does, so a syncer
// can keep one or two batches in flight: while the disk works on the one, the
// next fills. A simulator calls Write at the end of a step and lets virtual
// time pass between BeginSync and Syncing.End.
//
// # Layout
//
// The log is a row of segments, files of one size, filled with batches. A
// batch is what one write brought, and holds records of any streams.
//
//	dir/0000000000000007.wal  ...08.wal  ...09.wal            spare
//	    oldest, being emptied            written to           next file, reused
//
//	segment  +--------------------+ 0
//	         | "PARLEYWL"       8 |
//	         | checksum         4 | CRC32C of the header from here on
//	         | length           4 | of the header
//	         | version          4 | 1
//	         | streams          4 | how many follow
//	         | number           8 | of the segment, also its name
//	         | salt             8 | seeds the checksums of its batches
//	         | previous         8 | where the segment before ends
//	         | sequence         8 | of the last batch before
//	         | position         8 | after it
//	         |+------------------+|
//	         || first          8 || oldest record that is kept
//	         || next           8 || after the newest before this segment
//	         || name    2 + n    || in the order of their numbers 0, 1, 2...
//	         |+------------------+|
//	         +--------------------+ zeroes up to a multiple of 512
//	         | batch              |
//	         | batch              | at multiples of 8
//	         | zeroes, or what an |
//	         | earlier use left   |
//	         +--------------------+ segment size
//
//	batch    | "PWB1" 4 | checksum 4 | sequence 8 | durable 8 | position 8 |
//	         | length of records 4 | checksum of records 4 | records... |
//	record   | checksum 4 | length 4 | kind:4 stream:28 | lsn 8 | data... |
//
// Integers are little-endian. Checksums are CRC32C; those of a batch start from
// a hash of the segment's salt. Kinds: 1 a record; 2 a copy of one, from a
// segment that is to go; 3 the name of a stream, ahead of its first record; 4
// records of the stream before lsn are no longer needed. A batch without
// records is a mark (I4).
//
// # Invariants
//
// I1. A batch counts whole or not at all: both its checksums are right for the
// segment that it lies in, and its sequence is the one due. What is read back
// later is verified again, record by record.
//
// I2. What Open cuts it destroys, durably, before anything is appended. The
// rest of an old batch never becomes the continuation of a new one.
//
// I3. A segment is created under another name and renamed when its header, and
// everything in earlier segments, is durable. Hence a segment without a good
// header, and one that does not end where its successor says, is corrupt.
//
// I4. A batch says which batch was known to be durable when it was written.
// After a sync with no batch behind it, an empty one is written to say so.
//
// I5. Open syncs what it recovered before it returns: after the end of a
// process, though not of the machine, that may exist in a cache only.
//
// I6. The index knows a place for every record from a stream's First on, and
// Open refuses a log in which one has none.
//
// I7. A segment goes when each of its records was trimmed or copied, and the
// batch that says so is durable. The oldest goes first, each durably before
// the next, so what remains has no gaps.
//
// I8. After an error of a write or a sync nothing is written any more, and
// every call gives that error.
//
// # Torn or rotten
//
// A crash may leave a damaged batch: it tore a write that nobody had been told
// was durable. So may a bad disk: then somebody relied on what is gone. The
// first must be cut, the second must never be. When the batch that is due is
// damaged, Open calls it rotten, and gives a CorruptError, if
//
//   - another segment follows (I3), or
//   - any good batch, before it or behind it, says that it was durable (I4): Open
//     searches the rest of the segment for such headers, at every multiple of 8.
//
// Else it is torn, and is cut with all that follows. There remains one window:
// the last synced batch, from the completion of its sync until the mark behind
// it has reached the disk on its own or with the next sync. Only a loss of
// power and damage to just that batch together pass for a torn tail. A disk
// that says it cannot read is never taken for a tear.
//
// The salt is why nobody can have a record's bytes taken for such a header.
//
// # Space
//
// The oldest segment goes when it is empty. A stream that lags, with a few old
// records that it still needs, would keep it and all after it for ever.
// Therefore, once more than half of the log is garbage, beyond two segments,
// every Write also copies records out of the oldest segment: at most about
// twice as many bytes as it writes itself, so that cleaning is spread out and
// keeps up. The log stays below four times the bytes needed and four segments.
// The file of an empty segment becomes the next one: overwriting is cheaper
// than allocating. Its stale bytes fail the checksums, whose seed is new (I1).
//
// A reader finds a record by its stream's extents: runs of records within one
// segment, with the batch to start from, at least one for 16 KiB of log; about
// 2 MiB of index for a GiB.
//
// # Not done here
//
// Append does not push back: whoever appends bounds what waits (Buffered). A
// stream cannot be deleted: an empty one takes its name and 18 bytes in the
// header of each segment. If the files of the newest segments vanish as a whole,
// nothing in the log can tell.
package wal
