package ntp

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Client keeps a software clock by servers, of any make, and leaves the machine's
// clock alone.
type Client struct {
	keeper  *keeper
	sources []*net.UDPConn
	drift   string // the file, or ""

	refused, unsent atomic.Uint64
}

// Now returns what the clock shows.
func (c *Client) Now() time.Time {
	clock, _ := c.Clocks()
	return clock
}

// Clocks returns what the clock and that of the machine show at one moment.
func (c *Client) Clocks() (clock, machine time.Time) {
	now := time.Now()
	c.keeper.mu.Lock()
	defer c.keeper.mu.Unlock()
	return c.keeper.daemon.Now(c.keeper.elapsed(now)), wall(now)
}

// Status returns what the client knows of its clock and of its servers.
func (c *Client) Status() (s ntp.Status) {
	c.keeper.do(func(d *ntp.Daemon, elapsed time.Duration) { s = d.Status(elapsed) })
	return s
}

// Refused returns how many packets came from the servers' addresses that were not
// used, and how many questions the system did not take.
func (c *Client) Refused() (packets, unsent uint64) { return c.refused.Load(), c.unsent.Load() }

// Close ends Run, and frees the sockets.
func (c *Client) Close() error {
	var all []error
	for _, s := range c.sources {
		all = append(all, s.Close())
	}
	return errors.Join(all...)
}

// Run keeps the clock until ctx is done, and closes the sockets. The error is that
// the clock is too far off to be corrected (ntp.PanicThreshold), or that what was
// learnt of the oscillator could not be kept.
func (c *Client) Run(ctx context.Context) error {
	var hearing sync.WaitGroup
	for i := range c.sources {
		hearing.Go(func() { c.hear(i) })
	}
	err := c.tick(ctx)
	_ = c.Close() // nothing is lost with it
	hearing.Wait()
	return errors.Join(err, c.saveDrift())
}

// tick adjusts the clock every second, and asks whoever is due.
func (c *Client) tick(ctx context.Context) error {
	second, hour := time.NewTicker(time.Second), time.NewTicker(time.Hour)
	defer second.Stop()
	defer hour.Stop()
	for {
		var due []ntp.Request
		var err error
		c.keeper.do(func(d *ntp.Daemon, elapsed time.Duration) { due, err = d.Tick(elapsed), d.Err() })
		if err != nil {
			return err
		}
		for _, r := range due {
			if _, err := c.sources[r.Source].Write(r.Packet); err != nil {
				c.unsent.Add(1) // to the daemon it is a lost packet
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hour.C:
			if err := c.saveDrift(); err != nil {
				return err
			}
		case <-second.C:
		}
	}
}

// hear takes what a server sends, until its socket is closed.
func (c *Client) hear(source int) {
	b := make([]byte, ntp.MaxSize+1) // so that what is too long is seen to be
	for {
		n, err := c.sources[source].Read(b)
		now := time.Now()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // nobody listens there: it is told once for each question
		}
		c.keeper.mu.Lock()
		err = c.keeper.daemon.Receive(c.keeper.elapsed(now), source, b[:n])
		c.keeper.mu.Unlock()
		if err != nil {
			c.refused.Add(1)
		}
	}
}
