package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// counter counts requests that are done.
type counter struct{ n atomic.Int64 }

func (c *counter) add() { c.n.Add(1) }

// await waits until so many are done, a minute at most.
func (c *counter) await(ended <-chan error, n int64) error {
	limit := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.n.Load() < n {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended before it began: %w", err)
		case <-limit:
			return fmt.Errorf("no request was done within a minute")
		case <-tick.C:
		}
	}
	return nil
}
