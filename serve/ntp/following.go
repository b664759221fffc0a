package ntp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	// Burst is how many questions, two seconds apart, come before a server is judged;
	// 8, which is the most.
	Burst int
	// Drift is a file that keeps the correction of this machine's oscillator from one
	// life to the next. Without, it takes a quarter of an hour to measure it, and a day
	// or two to know it well.
	Drift string
	// Ahead makes the clock wrong in the beginning, to see what becomes of that.
	Ahead time.Duration
}

// most is the longest time between polls, in log2 seconds (MAXPOLL of section 7.2).
const most = 17

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
	if f.Burst < 0 || f.Burst > 8 {
		return nil, fmt.Errorf("a burst of %d questions is not of 1 to 8", f.Burst)
	}
	drift, err := loadDrift(f.Drift)
	if err != nil {
		return nil, err
	}
	c := &Client{drift: f.Drift}
	cfg := ntp.Config{
		MinPoll: f.MinPoll, MaxPoll: f.MaxPoll, Burst: f.Burst, Frequency: drift,
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
