package rpc

import (
	"errors"
	"net"
	"sync"
	"time"
)

// outbox is what waits to be written to a connection: whoever has something to
// send appends it, one goroutine takes all of it at a time. So the busier a
// connection is, the more frames share a write. Who is alone may write itself (now).
type outbox struct {
	conn     net.Conn
	patience time.Duration // for a write
	writing  sync.Mutex    // taken before mu
	try      *attempt      // guarded by writing; nil if the connection has no socket that can be told not to wait

	mu     sync.Mutex
	buf    []byte // frames that wait
	spare  []byte // the writer's, to be the next buf
	closed bool
	last   bool // the connection is closed once buf is written
	most   int
	wake   chan struct{} // has room for one
}

// Why a frame is not taken.
var (
	errFull   = errors.New("too much waits to be sent")
	errClosed = errors.New("the connection is closed")
)

func newOutbox(c net.Conn, most int, patience time.Duration) *outbox {
	return &outbox{conn: c, patience: patience, most: most, wake: make(chan struct{}, 1), try: newAttempt(c)}
}

// add takes a frame. An error means that nothing of it is sent.
func add[B body](o *outbox, of B) error {
	err := put(o, of)
	o.signal()
	return err
}

// now is add for a caller that may wait for the network, and saves the way to another
// goroutine.
func now[B body](o *outbox, of B) error {
	if err := put(o, of); err != nil {
		return err
	}
	if !o.writing.TryLock() {
		o.signal()
		return nil
	}
	defer o.writing.Unlock()
	if o.try != nil && o.attempt() || o.flush() {
		return nil
	}
	o.signal() // the writer closes the connection
	return nil
}

// soon is add for a caller that must not wait, and saves the way to another goroutine
// if the socket takes at once what there is.
func soon[B body](o *outbox, of B) error {
	if err := put(o, of); err != nil {
		return err
	}
	if o.try == nil || !o.writing.TryLock() {
		o.signal()
		return nil
	}
	defer o.writing.Unlock()
	if !o.attempt() {
		o.signal()
	}
	return nil
}

// attempt writes what waits as far as the socket takes it at once, and tells whether that
// was all, and more may come. Its caller holds writing.
func (o *outbox) attempt() bool {
	b, more := o.take()
	n := o.try.write(b)
	o.giveBack(b, n)
	return n == len(b) && more
}

func put[B body](o *outbox, of B) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.last {
		return errClosed
	}
	if len(o.buf) > o.most {
		return errFull
	}
	o.buf = appendFrame(o.buf, of)
	return nil
}

// finish takes the last frame, which says why.
func (o *outbox) finish(why refusalBody) {
	_ = add(o, why) // who does not read is not told why either
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = true
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close drops what waits.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.buf = true, nil
	o.signal()
}

// take returns all that waits, and whether more may come.
func (o *outbox) take() (b []byte, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, o.buf, o.spare = o.buf, o.spare[:0], nil
	return b, !o.closed && !o.last
}

// giveBack returns what was taken, of which n bytes were written: the rest comes before
// what was added meanwhile.
func (o *outbox) giveBack(b []byte, n int) {
	const keep = 1 << 20 // a burst's memory is not kept
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < len(b) && !o.closed {
		o.buf = append(b[n:len(b):len(b)], o.buf...)
	} else if cap(b) <= keep {
		o.spare = b
	}
}

// write writes until the outbox is closed or finished, or a write takes too long; then
// it closes the connection.
func (o *outbox) write() {
	defer o.conn.Close()
	defer o.close()
	for range o.wake {
		o.writing.Lock()
		more := o.flush()
		o.writing.Unlock()
		if !more {
			return
		}
	}
}

// flush writes what waits, and tells whether more may come. Its caller holds writing.
func (o *outbox) flush() bool {
	b, more := o.take()
	if len(b) > 0 {
		if o.conn.SetWriteDeadline(time.Now().Add(o.patience)) != nil {
			o.close()
			return false
		}
		if _, err := o.conn.Write(b); err != nil {
			o.close()
			return false
		}
	}
	o.giveBack(b, len(b))
	return more
}
