package divided

import "github.com/cespare/xxhash/v2"

// Kind is what an access does.
type Kind uint8

// The kinds.
const (
	// Read reads a row.
	Read Kind = iota
	// Put sets a row to the value.
	Put
	// Append reads a row, and puts the value behind what is there.
	Append
	// Xor reads a row, and puts the value over what is there, bit by bit; the row has
	// the length of the value afterwards.
	Xor
)

// Access is one of a transaction.
type Access struct {
	Kind
	// Key is the row's. Value is what is written.
	Key, Value []byte
	// Found is what a read has found, nil if there was no row. It holds until Done
	// returns.
	Found []byte
}

// Part is what a transaction does at one owner.
type Part struct {
	// Accesses are done in their order.
	Accesses []Access

	of        *Transaction
	owner     int
	timestamp uint64
	space     []byte  // what was found lies here; of the coordinator's supply
	branch    *branch // that has voted yes
}

// Transaction is one that is known in advance.
type Transaction struct {
	// Done is called by the coordinator when the transaction is committed, with nil, or
	// undone: with an *scheme.Abort if a scheme decided against it, so that it may
	// begin again, or with what is wrong with it. It must not call the owner.
	Done func(error)

	timestamp uint64
	parts     []*Part // by owner
	home      *Part   // the coordinator's
	away      []*Part // those of others
	votes     int     // that are still to come
	refused   error   // the first vote that was no
	tries     int     // of the coordinator's part, again
	wounded   bool    // somebody older waits for it
}

// Of tells which of that many owners has a row.
func Of(key []byte, owners int) int {
	return int(xxhash.Sum64(key) >> 32 * uint64(owners) >> 32)
}

// New divides accesses among that many owners.
func New(accesses []Access, owners int) *Transaction {
	t := &Transaction{parts: make([]*Part, owners)}
	for i := range t.parts {
		t.parts[i] = &Part{of: t, owner: i}
	}
	t.Renew(accesses)
	return t
}

// Renew makes another of a transaction that is not under way: what it was is forgotten, and
// its room used again.
func (t *Transaction) Renew(accesses []Access) {
	for _, p := range t.parts {
		p.Accesses = p.Accesses[:0]
	}
	for _, a := range accesses {
		p := t.parts[Of(a.Key, len(t.parts))]
		p.Accesses = append(p.Accesses, a)
	}
}

// Parts returns the parts, by owner. Some may have no accesses.
func (t *Transaction) Parts() []*Part { return t.parts }

// begin makes the transaction as if nothing of it had been done, with an owner as its
// coordinator.
func (t *Transaction) begin(coordinator int, timestamp uint64) {
	t.home, t.away, t.timestamp = t.parts[coordinator], t.away[:0], timestamp
	for _, p := range t.parts {
		p.branch = nil
		//parley:rule spanner.motivation.timestamps-across-shards drop
		p.timestamp = timestamp
		if p != t.home && len(p.Accesses) > 0 {
			t.away = append(t.away, p)
		}
	}
	t.votes, t.refused, t.tries, t.wounded = len(t.away), nil, 0, false
}
