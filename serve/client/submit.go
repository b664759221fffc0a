package client

import (
	"context"
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// request is what a goroutine hands to the loop.
type request struct {
	lane int
	body []byte
	done func(result []byte, err error)
}

// A lane is a kind of request that the pipeline bounds by itself: the levels of
// reading, and commands.
type lane struct {
	room chan struct{} // holds one for each request without an outcome
}

const (
	commandLane = int(rsm.Serializable) + 1
	lanes       = commandLane + 1
)

// submit queues r, which has its room. The loop is woken once for all that is
// queued until it comes.
func (c *Client) submit(r request) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		r.done(nil, ErrClosed)
		return
	}
	c.queue = append(c.queue, r)
	wake := !c.posted
	c.posted = true
	c.mu.Unlock()
	if wake {
		// One post at a time always has room; an error says that the host has
		// stopped, and Close ends what is queued.
		_ = c.host.TryDo(guestService, c.drain)
	}
}

// drain hands the pipeline all that is queued. It runs on the loop.
func (c *Client) drain(node.Node) {
	c.mu.Lock()
	batch := c.queue
	c.queue, c.posted = c.spare[:0], false
	c.mu.Unlock()
	p := c.pipeline.Load()
	for i := range batch {
		r := &batch[i]
		if r.lane == commandLane {
			p.Execute(r.body, r.done)
		} else {
			p.Ask(rsm.Level(r.lane), r.body, r.done)
		}
	}
	clear(batch)
	c.mu.Lock()
	c.spare = batch
	c.mu.Unlock()
}

// start submits a request, or ends it at once with rsm.ErrBusy if there is no
// room.
func (c *Client) start(lane int, body []byte, done func([]byte, error)) {
	room := c.lanes[lane].room
	select {
	case room <- struct{}{}:
	default:
		done(nil, rsm.ErrBusy)
		return
	}
	c.submit(request{lane, body, func(result []byte, err error) {
		<-room
		done(result, err)
	}})
}

// settled is how a request ended.
type settled struct {
	result []byte
	err    error
}

// wait submits a request once there is room, and waits for its outcome.
func (c *Client) wait(ctx context.Context, lane int, body []byte) ([]byte, error) {
	room := c.lanes[lane].room
	select {
	case room <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("client: %w: %w", rsm.ErrBusy, ctx.Err())
	case <-c.host.Done():
		return nil, ErrClosed
	}
	outcome := make(chan settled, 1)
	c.submit(request{lane, body, func(result []byte, err error) {
		<-room
		outcome <- settled{result, err}
	}})
	select {
	case o := <-outcome:
		return o.result, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("client: %w: %w", rsm.ErrUnknown, ctx.Err())
	case <-c.host.Done():
		return c.last(outcome)
	}
}

// last is the outcome once the host has stopped. Close gives one to all; after
// a failure nobody does.
func (c *Client) last(outcome chan settled) ([]byte, error) {
	if err := c.host.Err(); err != nil {
		return nil, fmt.Errorf("client: %w: %w", rsm.ErrUnknown, err)
	}
	o := <-outcome
	return o.result, o.err
}
