// Package history keeps on the disk what keys were before they were changed, for
// snapshots that memory has no room for. A run is a file of such entries, sorted, that
// is written once and dropped as a whole.
//
// It is memory of another kind: nothing of it is ever synced, or read by another
// incarnation than the one that wrote it.
//
//	file   block, block, ...
//	block  | checksum 4 | length 4 | entry | entry | ...   little endian; CRC-32C of the entries
//	entry  | unit | key length | key | value length | value |   numbers as uvarints
//	unit   number << 2 | late << 1 | found
//
// # Invariants
//
//	H1  Entries are in the order of their keys, and those of one key in the order in
//	    which units changed it.
//	H2  A block that is not as it was written is an error and is never read from.
//
// A run keeps in memory the first key of each block of about 4 KiB: about a hundredth
// of what is on the disk. Who reads has a Cursor of its own for each run, which keeps
// the block that it was at, so that a walk reads every block once.
package history
