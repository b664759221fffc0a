package rpc

import (
	"errors"
	"net"
	"sync"
	"time"
)

// outbox is what waits to be written to a connection: whoever has something to
// send appends it, one goroutine takes all of it at a time. So the busier a
// connection is, the more frames share a write.
type outbox struct {
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

func newOutbox(most int) *outbox { return &outbox{most: most, wake: make(chan struct{}, 1)} }

// add takes a frame. An error means that nothing of it is sent.
func (o *outbox) add(k kind, body any) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.last {
		return errClosed
	}
	if len(o.buf) > o.most {
		return errFull
	}
	buf, err := appendFrame(o.buf, k, body)
	o.buf = buf
	o.signal()
	return err
}

// finish takes the last frame.
func (o *outbox) finish(k kind, body any) {
	_ = o.add(k, body) // who does not read is not told why either
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

func (o *outbox) giveBack(b []byte) {
	const keep = 1 << 20 // a burst's memory is not kept
	if cap(b) <= keep {
		o.mu.Lock()
		o.spare = b
		o.mu.Unlock()
	}
}

// write writes to a connection until the outbox is closed or finished, or a write
// takes longer than patience; then it closes the connection.
func (o *outbox) write(c net.Conn, patience time.Duration) {
	defer c.Close()
	defer o.close()
	for range o.wake {
		b, more := o.take()
		if len(b) > 0 {
			if c.SetWriteDeadline(time.Now().Add(patience)) != nil {
				return
			}
			if _, err := c.Write(b); err != nil {
				return
			}
		}
		if !more {
			return
		}
		o.giveBack(b)
	}
}
