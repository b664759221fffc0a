package engine

// updater is what transactions have under schemes that lock.
type updater interface {
	GetForUpdate(key []byte) (value []byte, found bool, err error)
}

// GetForUpdate returns the value of a key that the transaction is going to write. Under a
// scheme that locks, the second of two that do so waits, where after Get one of them
// would be aborted once both write; under others it is Get.
func (tx *Tx) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	if tx.ended || !tx.writable {
		return tx.Get(key)
	}
	return tx.read(nil, key, true)
}

// get calls the scheme, with the latch held.
func (tx *Tx) get(key []byte, update bool) (value []byte, found bool, err error) {
	if u, ok := tx.txn.(updater); ok && update {
		return u.GetForUpdate(key)
	}
	return tx.txn.Get(key)
}
