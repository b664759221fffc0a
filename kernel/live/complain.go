package live

import (
	"sync"
	"time"
)

// complaints bounds the log lines that a stranger can cause.
type complaints struct {
	mu       sync.Mutex
	since    time.Time
	lines    int
	withheld int
}

// complaintsPerSecond is what a person can read.
const complaintsPerSecond = 20

// complain logs a warning, or counts it until the next one that is logged.
func (h *Host) complain(msg string, args ...any) {
	withheld, ok := h.complaints.take(time.Now())
	if !ok {
		return
	}
	if withheld > 0 {
		args = append(args, "withheld before", withheld)
	}
	h.log.Warn(msg, args...)
}

func (c *complaints) take(now time.Time) (withheld int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) >= time.Second {
		c.since, c.lines = now, 0
	}
	if c.lines == complaintsPerSecond {
		c.withheld++
		return 0, false
	}
	c.lines++
	withheld, c.withheld = c.withheld, 0
	return withheld, true
}
