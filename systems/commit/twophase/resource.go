package twophase

// Resource is what transactions change at one participant: accounts, tables, a
// queue. It keeps them apart by its locks and never decides by itself.
//
// A participant calls it from its node's loop, for each transaction in this order:
//
//	Execute ... Execute   Prepare   Commit or Abort
//	Abort                               at any time before Prepare has said yes
//	Restore               Commit or Abort    after a crash
//
// What was executed and not prepared is gone after a crash. What was prepared and
// committed is given back: Load with the latest Save, then Restore and Commit for
// whatever came after it, as if it happened again. A resource with a log of its
// own on the same node (node.Env.Log) may save and restore nothing but names: the
// output rule keeps its records before the participant's votes.
type Resource interface {
	// Execute carries out an operation under a transaction's locks, where other
	// transactions do not see it, and calls done once, perhaps later if it has to
	// wait for a lock, and never after Abort. An error dooms the transaction.
	Execute(tx TxID, op []byte, done func(result []byte, err error))

	// Wrote tells whether the transaction's operations so far change anything.
	Wrote(tx TxID) bool

	// Prepare promises that Commit will succeed, and returns what Restore needs, the
	// same if it is called again;
	// an error means that it cannot promise, and is a vote of no. Locks stay.
	Prepare(tx TxID) (changes []byte, err error)

	// Restore puts back a transaction that was prepared before a crash: its
	// changes and its locks.
	Restore(tx TxID, changes []byte) error

	// Commit makes the changes visible and releases the locks; so it does for
	// a transaction that changed nothing and was not prepared.
	Commit(tx TxID)

	// Abort undoes what the transaction did, if it did anything, and releases its
	// locks.
	Abort(tx TxID)

	// Save returns the committed state, and Load replaces it by one that Save
	// returned. An error means that it is not such a state.
	Save() []byte
	Load(state []byte) error
}
