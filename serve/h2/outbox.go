package h2

import (
	"runtime"
	"sync"
)

// maxOutbox is how many bytes wait for a client that reads slowly, until the
// connection neither reads more nor takes more of messages.
const maxOutbox = 1 << 20

// outbox is what the writer will send next. conn.mu guards it.
type outbox struct {
	frames  []byte
	spare   []byte // the writer's other buffer, empty
	closed  bool
	writing bool          // the writer is awake
	ready   chan struct{} // of room for one: something is in frames, or closed
	drained sync.Cond     // on conn.mu: frames were taken, or closed
	// blocked are streams that have something to send, and window, but found the
	// connection's window used up or the outbox full; first come, first served.
	blocked []*stream
	fields  fields
	window  int64 // that the client grants on all streams
	stream  int64 // and on each new one
	frame   int   // the longest frame that it takes
}

func (o *outbox) init(mu *sync.Mutex) {
	o.ready, o.drained.L = make(chan struct{}, 1), mu
	o.window, o.stream, o.frame = initialWindow, initialWindow, maxFrame
}

// Write implements io.Writer for the framer: nothing is written yet.
func (o *outbox) Write(frame []byte) (int, error) {
	if !o.closed {
		o.frames = append(o.frames, frame...)
	}
	return len(frame), nil
}

// full tells whether messages, and the reader, have to wait.
func (o *outbox) full() bool { return len(o.frames) >= maxOutbox }

// wake has the writer look, which sleeps or is about to.
func (o *outbox) wake() {
	if !o.writing {
		o.writing = true
		o.ready <- struct{}{}
	}
}

func (o *outbox) close() {
	o.closed = true
	o.wake()
	o.drained.Broadcast()
}

// take empties the outbox.
func (o *outbox) take() []byte {
	taken := o.frames
	o.frames, o.spare = o.spare[:0], nil
	o.drained.Broadcast()
	return taken
}

// give returns a buffer that was taken, unless it has grown out of proportion.
func (o *outbox) give(taken []byte) {
	if cap(taken) <= 2*maxOutbox {
		o.spare = taken
	}
}

// write sends what gathers in the outbox, until it is closed and empty.
func (c *conn) write() {
	defer c.net.Close()
	for range c.out.ready {
		// Whoever is about to answer gets to do so before the system call.
		runtime.Gosched()
		frames, over := c.nextFrames(nil)
		for ; len(frames) > 0; frames, over = c.nextFrames(frames) {
			if _, err := c.net.Write(frames); err != nil {
				c.cut()
			}
		}
		if over {
			return
		}
	}
}

// nextFrames takes back what was written and returns what to write now; or that
// there will be nothing any more; or neither, and the writer sleeps until it is
// woken.
func (c *conn) nextFrames(written []byte) (frames []byte, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if written != nil {
		c.out.give(written)
	}
	c.sendBlocked()
	if len(c.out.frames) == 0 {
		c.out.writing = false
		return nil, c.out.closed
	}
	return c.out.take(), false
}
