// Package checkpoint keeps whole states on a node's disk, so that a crash at any
// moment leaves a state that was whole: that of the newest epoch whose Save was
// reported done, or of one whose Save was under way. Masters, graphs and streams
// go on from there.
//
// # Layout
//
//	DIR/EPOCH.PART     the bytes of a part
//	DIR/EPOCH.new      a manifest that does not count yet
//	DIR/EPOCH.ok       the manifest of an epoch, which makes its parts count
//
// EPOCH is 16 hexadecimal digits. A manifest is a record of kernel/wire with the
// names, lengths and CRC-32 (Castagnoli) sums of the parts, behind its own sum in
// four bytes, big endian.
//
// # Order
//
// Every step waits for the one before it to be durable:
//
//	parts written ─► fsync each ─► manifest written as .new ─► fsync
//	      ─► renamed to .ok ─► fsync of the directory ─► done ─► older epochs removed
//
// The rename is the moment at which the epoch counts. Sync of a new file and Rename
// of the contract include the directory.
//
// # What it promises
//
//	C1  Load returns an epoch that was saved whole, byte for byte, or an error.
//	C2  It is at least the newest epoch whose Save ended without an error, unless
//	    that was damaged since: damage is detected by the sums, and the newest
//	    undamaged epoch among those kept is returned with what was wrong with those
//	    above it.
//	C3  A Save that fails (a full disk, a failed fsync) leaves earlier epochs as they
//	    were. It is not tried again.
//
// One Store has its directory for itself, and one Save runs at a time. Epochs grow.
// States are held in memory whole; what is larger belongs into several parts.
package checkpoint
