package engine

// early are the writes that a transaction of the serial scheme makes ahead of its
// first read: nothing depends on them yet, so that they can wait until the
// transaction has its turn. One that only writes then has the turn, and the latch,
// just once and shortly, and not while the program thinks.
type early struct {
	writes []earlyWrite
	space  []byte // keys and values, one after the other
	done   int    // how many are made
	at     int    // where the space of the next one begins
}

type earlyWrite struct {
	key, value int // lengths
	remove     bool
}

// mostEarly bounds what is put off, in bytes.
const mostEarly = 64 << 10

// putsOff tells whether a write may wait.
func (tx *Tx) putsOff() bool { return tx.txn == nil }

// putOff notes a write.
func (tx *Tx) putOff(key, value []byte, remove bool) error {
	if err := tx.db.core.Check(key, value); err != nil {
		return err
	}
	e := &tx.early
	e.writes = append(e.writes, earlyWrite{len(key), len(value), remove})
	e.space = append(append(e.space, key...), value...)
	if len(e.space) > mostEarly {
		return tx.do(func() error { return nil })
	}
	return nil
}

// catchUp makes the writes that were put off; after a ticket it is called again. The
// latch is held.
func (tx *Tx) catchUp() error {
	e := &tx.early
	for ; e.done < len(e.writes); e.done++ {
		w := e.writes[e.done]
		key := e.space[e.at : e.at+w.key]
		value := e.space[e.at+w.key : e.at+w.key+w.value]
		var err error
		if w.remove {
			err = tx.txn.Delete(key)
		} else {
			err = tx.txn.Put(key, value)
		}
		if err != nil {
			return err
		}
		e.at += w.key + w.value
	}
	return nil
}
