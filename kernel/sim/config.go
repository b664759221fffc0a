package sim

import (
	"context"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Config says what kind of world to make. The zero value is a small local
// network with honest clocks and disks that take a while to sync.
type Config struct {
	// Seed decides every draw of the run.
	Seed uint64
	// Codec passes every message through kernel/wire instead of by reference.
	Codec bool
	// Digest hashes the contents of every message into the run's hash and
	// panics if one was changed after it was sent. It costs an encoding at both
	// ends; Twice turns it on.
	Digest bool
	// Link is the shape of every link that Shape has not been told about;
	// LAN if it is the zero value.
	Link Link
	// Local is the delay between services of one host; 5 microseconds if zero.
	// Nothing is lost or overtaken there.
	Local Dist
	// Fsync is how long disks take to sync; 200 to 800 microseconds if zero.
	Fsync Dist
	// Segment is the size of the log's segments in bytes; 256 KiB if zero.
	// Small ones roll over often.
	Segment int64
	// Job is how long jobs take; 10 microseconds to 2 milliseconds if zero.
	Job Dist
	// Epoch is the true time at which the run begins; 2000-01-01 UTC if zero.
	Epoch time.Time
	// Backlog bounds the messages that wait at a paused host; what comes on
	// top is lost. 10,000 if zero.
	Backlog int
	// Observer is told of every event; nil costs nothing.
	Observer Observer
	// Inspect, if not nil, is shown the nodes of an observed world: each before
	// every event of its own, with the number that Observer gave the event, and
	// again once the node is through with that. It must not change them.
	Inspect func(event trace.ID, n node.Node)
	// Hold keeps messages between hosts until their arrival is decided, by
	// World.Deliver or, if it is not nil, by Chooser: one message at a time, Pace
	// apart (100 to 300 microseconds if zero).
	Hold    bool
	Chooser Chooser
	Pace    Dist
	// Lost has the messages that are lost on links from one host to another, by
	// their numbers: what "lose" says in a plan, for a run that begins before its
	// plan is applied.
	Lost map[[2]string]Numbers
	// Context, if not nil, ends the run: once it is done, the world panics with
	// Interrupted between two events.
	Context context.Context
	// Events, if not zero, is about how many events the run may have: soon after
	// that many the world panics with Interrupted, whose cause is ErrEvents.
	Events uint64
}

func (c *Config) complete() {
	if c.Link == (Link{}) {
		c.Link = LAN
	}
	c.Link.Delay = c.Link.Delay.or(LAN.Delay)
	c.Local = c.Local.or(Constant(5 * time.Microsecond))
	c.Fsync = c.Fsync.or(Uniform(200*time.Microsecond, 800*time.Microsecond))
	c.Job = c.Job.or(Uniform(10*time.Microsecond, 2*time.Millisecond))
	c.Pace = c.Pace.or(defaultPace)
	if c.Epoch.IsZero() {
		c.Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if c.Segment == 0 {
		c.Segment = 256 << 10
	}
	if c.Backlog == 0 {
		c.Backlog = 10_000
	}
}
