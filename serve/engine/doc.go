// Package engine is the storage engine for use within a program: a file-backed map
// of ordered keys to values, with transactions, for any number of goroutines. It
// needs no cluster, no server and no set-up.
//
//	db, err := engine.Open("accounts.db", nil)
//	defer db.Close()
//
//	err = db.Update(func(tx *engine.Tx) error {
//		return tx.Put([]byte("alice"), []byte("100"))
//	})
//	err = db.View(func(tx *engine.Tx) error {
//		for key, value := range tx.Ascend([]byte("a"), []byte("b")) {
//			fmt.Printf("%s has %s\n", key, value)
//		}
//		return tx.Err()
//	})
//
// An Update that returned nil survives the loss of power; one that returned an
// error has left no trace, unless that is ErrUnknown. Views read the newest durable
// state as of their beginning: they wait for nobody and keep nobody waiting.
//
// # How it is made
//
// The engine itself (systems/txn/engine) has one owner, takes no locks and never
// waits, so that a simulator can drive it to every crash. Here it meets goroutines:
//
//	latch    around it. Writers hold it for microseconds, to change pages in
//	         memory and to append to the log. Views share it, one read at a
//	         time, each by a slot of its own. Nobody holds it during a sync or
//	         the write of a page.
//	flush    group commit: whoever waits for the log first writes and syncs it,
//	         for all who have come until then; the others wait for that, or, if
//	         they are as many, begin a second flush beside it.
//	turn     the right to write, under the serial scheme. A transaction that has
//	         read nothing yet puts its writes off (early), so that it needs the
//	         turn for microseconds as it commits.
//	readers  which states are being read, in the slots, so that a View begins
//	         and ends without the latch held alone. What its keys were is kept until
//	         it ends, in memory as far as its bound goes, and then on the disk.
//	pages    are read without the latch into the system's cache, and with it from
//	         there; they are written in the background.
//
// It lies beside the doors because it is one: the door for a program in the same
// process.
//
// # Coming from bbolt
//
// Open, View, Update, Batch, Begin, Cursor and Stats are what they are there, and
// Transact is an Update that is tried again when the scheme decides against it; with
// these differences. There are no buckets: give keys a prefix. Slices that are
// returned are the caller's own. Batch is Update: commits of many goroutines share
// a sync as it is. A long View keeps no space of the data file from being reused: what
// its keys were goes to files of its own (Options.Versions), and is gone with it.
package engine
