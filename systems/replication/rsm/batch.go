package rsm

import (
	"encoding/binary"
	"errors"
)

// A batch is what an engine orders as one command: any number of items, so that
// one entry, one sync and one round of messages serve many clients.
//
//	batch = item*
//	item  = session seq acked length body      (all but body: uvarint)
//
// Session 0 opens a session: seq is then a random number by which its owner
// knows it again, acked the bound on the table's size and named, and body is empty.
type item struct {
	session, seq, acked uint64
	body                []byte
}

// named says that a session's id is made of its owner's number. Logs that were written
// before that was so open sessions without it, and name them by their place.
const named = 1 << 32

func opening(nonce uint64, bound int) item { return item{seq: nonce, acked: named | uint64(bound)} }

func (it item) opens() bool { return it.session == 0 }

// bound is how many sessions the table may have, by an item that opens one.
func (it item) bound() uint64 { return it.acked &^ named }

func appendItem(b []byte, it item) []byte {
	b = binary.AppendUvarint(b, it.session)
	b = binary.AppendUvarint(b, it.seq)
	b = binary.AppendUvarint(b, it.acked)
	b = binary.AppendUvarint(b, uint64(len(it.body)))
	return append(b, it.body...)
}

// itemOverhead bounds what appendItem adds to a body.
const itemOverhead = 4 * binary.MaxVarintLen64

var errMalformed = errors.New("rsm: malformed batch")

// nextItem cuts the first item off a batch that is not empty. The item's body
// is a part of b.
func nextItem(b []byte) (it item, rest []byte, err error) {
	var head [4]uint64
	for i := range head {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return item{}, nil, errMalformed
		}
		head[i], b = v, b[n:]
	}
	if head[3] > uint64(len(b)) {
		return item{}, nil, errMalformed
	}
	n := int(head[3])
	return item{head[0], head[1], head[2], b[:n:n]}, b[n:], nil
}

// wellFormed checks a batch that came from elsewhere: once it is in the log
// every replica would have to cope with it.
func wellFormed(b []byte) error {
	for len(b) > 0 {
		_, rest, err := nextItem(b)
		if err != nil {
			return err
		}
		b = rest
	}
	return nil
}
