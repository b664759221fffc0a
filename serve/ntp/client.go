package ntp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Following says whom a Client follows, and how. Zero values stand for the defaults
// that the comments name.
type Following struct {
	// Servers are host or host:port, 123 if none is named.
	Servers []string
	// MinPoll and MaxPoll bound the time between two questions to a server, in log2
	// seconds; 6 (64 s) and 10 (17 minutes).
	MinPoll, MaxPoll int8
	// Drift is a file that keeps the correction of this machine's oscillator from one
	// life to the next. Without, it takes a quarter of an hour to measure it, and a day
	// or two to know it well.
	Drift string
	// Ahead makes the clock wrong in the beginning, to see what becomes of that.
	Ahead time.Duration
}

// most is the longest time between polls, in log2 seconds (MAXPOLL of section 7.2).
const most = 17

// Client keeps a software clock by servers, of any make, and leaves the machine's
// clock alone.
type Client struct {
	keeper  *keeper
	sources []*net.UDPConn
	drift   string // the file, or ""

	refused, unsent atomic.Uint64
}

// Follow opens the sockets to the servers. Run asks them.
func Follow(f Following) (*Client, error) {
	c, err := follow(f, 0, netip.Addr{})
	if err != nil {
		return nil, fmt.Errorf("ntp: follow: %w", err)
	}
	return c, nil
}

// follow makes the client. If its drift is not known, the first offset is corrected at
// once: else it would stay for as long as the drift is measured. One that serves others allows each a request an interval,
// and does so at an address, which its servers may see as their reference.
func follow(f Following, interval time.Duration, serves netip.Addr) (*Client, error) {
	if len(f.Servers) == 0 {
		return nil, errors.New("no server is named")
	}
	if f.MinPoll < 0 || f.MinPoll > most || f.MaxPoll < 0 || f.MaxPoll > most || f.MaxPoll != 0 && f.MaxPoll < f.MinPoll {
		return nil, fmt.Errorf("a time between polls from 2^%d to 2^%d s is not within 2 s to 2^%d s", f.MinPoll, f.MaxPoll, most)
	}
	drift, err := loadDrift(f.Drift)
	if err != nil {
		return nil, err
	}
	c := &Client{drift: f.Drift}
	cfg := ntp.Config{
		MinPoll: f.MinPoll, MaxPoll: f.MaxPoll, Frequency: drift,
		StepFirst: drift == nil, Interval: interval, Random: unpredictable(),
	}
	for _, s := range f.Servers {
		conn, err := dial(s)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.sources = append(c.sources, conn)
		cfg.Sources = append(cfg.Sources, source(s, conn, serves))
	}
	c.keeper = newKeeper(cfg, f.Ahead)
	return c, nil
}

// source describes a server, and what it would show if it followed us.
func source(name string, conn *net.UDPConn, serves netip.Addr) ntp.Source {
	s := ntp.Source{Name: name, ID: refID(addrOf(conn.RemoteAddr()))}
	switch {
	case !serves.IsValid():
	case serves.IsUnspecified():
		s.Us = refID(addrOf(conn.LocalAddr()))
	default:
		s.Us = refID(serves)
	}
	return s
}

func addrOf(a net.Addr) netip.Addr { return a.(*net.UDPAddr).AddrPort().Addr() }

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
