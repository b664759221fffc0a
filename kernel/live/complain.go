package live

import (
	"errors"
	"net"
	"sync"
	"time"
)

// complaints bounds the log lines that others can cause: one a minute of the
// same reason and the same party, and of all together what a person can read.
type complaints struct {
	mu       sync.Mutex
	since    time.Time // of lines
	lines    int
	told     map[complaint]time.Time // when last
	withheld int
}

// complaint is whom a line is about, and why.
type complaint struct{ about, reason string }

const (
	complaintsPerSecond = 20
	complaintAgain      = time.Minute
	// maxTold bounds what is remembered; beyond it, some are told again too early.
	maxTold = 1024
)

// complain logs a warning about somebody, or counts it until the next one that
// is logged.
func (h *Host) complain(about string, err error, msg string, args ...any) {
	withheld, ok := h.complaints.take(time.Now(), complaint{about, msg + ": " + reasonOf(err)})
	if !ok {
		return
	}
	args = append(args, "error", err)
	if withheld > 0 {
		args = append(args, "withheld before", withheld)
	}
	h.log.Warn(msg, args...)
}

// reasonOf leaves out the ports that an error of a connection tells: they are
// others each time.
func reasonOf(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

// take tells whether a complaint may be logged, and how many were not since
// the last that was.
func (c *complaints) take(now time.Time, what complaint) (withheld int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) >= time.Second {
		c.since, c.lines = now, 0
	}
	last, known := c.told[what]
	if c.lines == complaintsPerSecond || known && now.Sub(last) < complaintAgain {
		c.withheld++
		return 0, false
	}
	if c.told == nil || !known && len(c.told) == maxTold {
		c.told = map[complaint]time.Time{}
	}
	c.told[what] = now
	c.lines++
	withheld, c.withheld = c.withheld, 0
	return withheld, true
}
