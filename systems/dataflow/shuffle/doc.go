// Package shuffle brings equal keys together: from many tasks that emit pairs
// in any order to one that sees each key once, with all of its values, keys in
// increasing order, in memory that was agreed on before (Dean and Ghemawat,
// MapReduce, OSDI 2004, sections 3.1, 4.2 and 4.3).
//
//	emit        Buffer, or Table          sorted run              Merge           Groups
//	(k, v) -->  +----------------+  full  +------------------+          (k, v)
//	            | arena, entries |------->| part 0 | part 1  |--+       in order    k: v v v
//	            +----------------+        +------------------+  |->  k-way  ----->  k: v
//	                                      | part 0 | part 1  |--+    of one part
//	                                      +------------------+
//
// # What it promises
//
// A Buffer keeps pairs as they are; a Table folds the values of equal keys as
// they come, which is a combiner (4.3) that runs before anything is sorted.
// Both have a fixed size. What is full becomes a Run, which holds, one partition
// after the other, the pairs of that partition sorted by key. Merge reads one
// partition of many runs as one sorted stream; Compact merges runs into fewer
// where a single merge would not fit into memory. Spills does all of that for
// one map task.
//
// Keys are compared as bytes. Pairs of equal keys keep the order in which they were
// emitted within a run, and the order of the runs across them, so the result
// does not depend on when anything was full: it is a function of the input and
// of the order of runs.
//
// Memory: no part allocates more than it was told, plus one record. A merge takes
// its readers' buffers from a Budget, and one that cannot fit is an error
// (ErrBudget) rather than a larger process.
//
// # Layout of a run
//
//	run    = part 0, part 1, ... part R-1         where they begin is known from Run
//	part   = block*
//	block  = length u32 | crc32c u32 | record*    little endian, both of the records
//	record = klen uvarint | vlen uvarint | key | value
//
// A block takes records until it has BlockSize bytes; a larger record has a
// block of its own. Blocks are also what travels between hosts, with their sum,
// so what was damaged on either way is found where it is read (ErrCorrupt), and
// neither side parses records in between.
//
// # Flow control
//
// Sender and Receiver are the two ends of a transfer: a sender sends no byte
// that the receiver has not granted, and a receiver grants again what was
// consumed. So a slow reducer holds a window of bytes and no more.
//
// # Invariants
//
//   - I1. Within a part of a run keys do not decrease.
//   - I2. A pair is in the part that its partition function says, and in one only.
//   - I3. A merge yields every pair of its runs once.
//   - I4. Bytes granted and not yet consumed never exceed the receiver's window.
//
// # Not here
//
// Nothing runs in parallel here, and nothing opens files: parallel tasks are
// the business of who runs them (package mapreduce), and files are handed in as
// io.ReaderAt and io.WriterAt. Runs are not synced: they are lost with their
// host, and made again.
package shuffle
