// Package pull brings a checkpoint from one replica to another, at the pace of
// the one that needs it: it asks for a piece, writes it to its disk, and asks for
// the next. What engines of package rsm share that let laggards help themselves.
//
//	message   from     to        why
//	GetPiece  laggard  anybody   the piece at an offset of a checkpoint; index 0 means the newest
//	Piece     anybody  laggard   the piece, with the checkpoint's index and size
//
//	I1  A checkpoint is used only once all of it has arrived, its checksums were
//	    verified and it is durable (rsm.Incoming).
//	I2  Pieces of two checkpoints are never mixed: a piece of another index than
//	    the one expected begins anew.
//
// After B. Liskov and J. Cowling, "Viewstamped replication revisited" (2012), §5.
package pull
