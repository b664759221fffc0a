package shuffle

import (
	"errors"
	"fmt"
)

// ErrCredit says that a sender sent what it had not been granted. The receiver
// drops it.
var ErrCredit = errors.New("more was sent than granted")

// Sender is the end of a transfer that has the bytes. It sends no more than it
// was granted.
type Sender struct{ credit int64 }

// Grant adds to what may be sent.
func (s *Sender) Grant(bytes int64) { s.credit += max(0, bytes) }

// Take returns how much of n bytes may be sent now, and uses up the credit
// for that.
func (s *Sender) Take(n int64) int64 {
	n = max(0, min(n, s.credit))
	s.credit -= n
	return n
}

// Receiver is the end of a transfer that has the memory: a window of bytes.
type Receiver struct {
	window  int64
	granted int64 // and not arrived
	held    int64 // arrived and not consumed
}

// NewReceiver returns a receiver with room for window bytes. Its first Grant is
// all of them.
func NewReceiver(window int64) *Receiver { return &Receiver{window: window} }

// Grant returns how many more bytes the sender may send; 0 as long as that would be
// less than half a window, since every grant is a message.
func (r *Receiver) Grant() int64 {
	free := r.window - r.granted - r.held
	if free < (r.window+1)/2 && r.granted+r.held > 0 {
		return 0
	}
	r.granted += free
	return free
}

// Arrived takes in n bytes. Bytes that were not granted are an error and not
// counted.
func (r *Receiver) Arrived(n int64) error {
	if n < 0 || n > r.granted {
		return fmt.Errorf("shuffle: %d bytes arrived, %d were granted: %w", n, r.granted, ErrCredit)
	}
	r.granted -= n
	r.held += n
	return nil
}

// Consumed makes room: n bytes that arrived are dealt with.
func (r *Receiver) Consumed(n int64) {
	if n < 0 || n > r.held {
		panic(fmt.Sprintf("shuffle: %d bytes are consumed of %d", n, r.held))
	}
	r.held -= n
}
