// Package values keeps the long values of a key-value store (systems/stores/kv) in a
// storage engine (serve/engine), so that the store may hold more than memory does.
//
//	kv.Store   Put, Free              its loop, and a state that is read beside it
//	           Get                    the loop, and captures on goroutines of their own
//	   |
//	fresh      what was put and is not in the database yet, bounded
//	   |
//	writer     one goroutine: a transaction for a few hundred values
//	   |
//	engine     number -> value; pages in memory as far as its limit goes
//
// It is a further storey of memory and not a copy that lasts: what was acknowledged is
// in the host's log and snapshots, out of which the store comes back after a start.
// Therefore Open begins with an empty directory, and nobody waits for a sync.
//
// # Invariants
//
//	V1  A value is in fresh until the database has it durably, and then in there until
//	    it is freed and no pin is left that was taken before: Get finds it all the time.
//	V2  Fresh takes no more than its bound: Put waits for the writer.
//	V3  What cannot be read as it was put ends the program; it is never served.
package values
