package ntp

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/systems/order/physical"
)

// Source is a server to ask. ID is what others show as their reference when they
// follow it: its IPv4 address, or any number that is its own.
//
// Us is what that server shows as its reference when it follows this daemon: the
// address that it sees. Zero if nobody can follow it.
type Source struct {
	Name   string
	ID, Us RefID
}

// Config says whom to ask and what to be. Zero values stand for the defaults that
// the comments name.
type Config struct {
	// Sources are the servers to ask. None, for a stratum 1 server.
	Sources []Source
	// Reference, if not empty, is the code of a reference clock (GPS) that the host
	// has: its clock is then taken to be right, and the stratum is Stratum, or 1.
	Reference string
	Stratum   uint8
	// Precision is that of reading the clock, in log2 seconds; -20.
	Precision int8
	// MinPoll and MaxPoll bound the time between two requests to a source, in log2
	// seconds; 6 (64 s) and 10 (17 minutes).
	MinPoll, MaxPoll int8
	// Burst is how many requests go out two seconds apart in the beginning, and when a
	// source is back that was not heard, before it is judged; 8.
	Burst int
	// Frequency is the correction of the oscillator that an earlier life found, or
	// nil.
	Frequency *physical.PPB
	// StepFirst corrects the first offset at once, whatever its size.
	StepFirst bool
	// Interval is how often a client may ask, on average; 0 for no limit.
	Interval time.Duration
	// Random spreads polls.
	Random *rand.Rand
	// Sampled, if not nil, is told of every sample of a source, and of the one that
	// the filter chose.
	Sampled func(source int, latest, chosen Sample)
}

// late bounds the seconds that are made up for after the host slept.
const late = time.Minute

// Daemon is an NTP client and server without sockets or timers. Its methods take
// the reading of an oscillator that never goes back; they are not safe for
// concurrent use.
type Daemon struct {
	cfg          Config
	clock        *physical.Clock
	associations []*association
	survivors    []candidate
	sys          system
	loop         discipline
	limits       limits
	born         time.Duration
	corrected    time.Duration // the system peer's sample that was used last was of then
	second       time.Duration // when the discipline acts next
	panicked     bool

	// Steps counts how often the clock was stepped.
	Steps int
}

// NewDaemon returns a daemon whose clock shows now.
func NewDaemon(cfg Config, elapsed time.Duration, now time.Time) *Daemon {
	if cfg.Precision == 0 {
		cfg.Precision = clockPrecision
	}
	if cfg.MinPoll == 0 {
		cfg.MinPoll = 6
	}
	if cfg.MaxPoll == 0 {
		cfg.MaxPoll = max(10, cfg.MinPoll)
	}
	if cfg.Burst == 0 {
		cfg.Burst = stages
	}
	d := &Daemon{
		cfg: cfg, clock: physical.NewClock(elapsed, now), second: elapsed, born: elapsed, corrected: elapsed - 1,
		sys:    system{leap: Unsynchronized, stratum: MaxStratum},
		loop:   discipline{poll: cfg.MinPoll, stepFirst: cfg.StepFirst},
		limits: limits{interval: cfg.Interval, clients: map[string]*bucket{}},
	}
	if cfg.Frequency != nil {
		d.loop.known, d.loop.drift = true, float64(*cfg.Frequency)/1e9
	}
	if cfg.Reference != "" {
		d.sys = system{stratum: max(cfg.Stratum, 1), reference: RefIDOf(cfg.Reference), set: elapsed}
	}
	for _, s := range cfg.Sources {
		d.associations = append(d.associations, &association{
			id: s.ID, us: s.Us, leap: Unsynchronized, stratum: MaxStratum, now: missing,
			poll: cfg.MinPoll, minPoll: cfg.MinPoll, burst: cfg.Burst, next: elapsed,
		})
	}
	return d
}

// Now returns what the clock shows.
func (d *Daemon) Now(elapsed time.Duration) time.Time { return d.clock.Now(elapsed) }

// Refer sets the clock to what the reference clock shows now. Without
// Config.Reference there is none, and it panics.
func (d *Daemon) Refer(elapsed time.Duration, now time.Time) {
	if d.cfg.Reference == "" {
		panic("ntp: Refer: the daemon has no reference clock")
	}
	d.clock.Step(elapsed, now.Sub(d.clock.Now(elapsed)))
	d.sys.set = elapsed
}

// Tick adjusts the clock and returns what is to be sent. It is to be called about
// every second.
func (d *Daemon) Tick(elapsed time.Duration) []Request {
	d.clock.SetFrequency(elapsed, physical.PPB(d.loop.drift*1e9))
	d.second = max(d.second, elapsed-late)
	for ; d.second <= elapsed; d.second += time.Second {
		if d.loop.state != notSet && d.loop.state != frequency {
			d.clock.Slew(elapsed, d.clock.Slewing(elapsed)+duration(d.loop.adjust()))
		}
	}
	if d.cfg.Reference != "" {
		d.sys.set = elapsed
	}
	d.expire(elapsed)
	return d.polls(elapsed)
}

// Err tells why the daemon has given up: an offset beyond PanicThreshold.
func (d *Daemon) Err() error {
	if d.panicked {
		return fmt.Errorf("ntp: the clock is off by more than %v s: set it by hand", PanicThreshold)
	}
	return nil
}
