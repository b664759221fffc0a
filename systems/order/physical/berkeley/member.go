package berkeley

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical"
)

// Config is the same for all members. Zero durations stand for the defaults that
// the comments name.
type Config struct {
	// Members are all members; who stands first is master if it can.
	Members []node.Addr
	// Interval is the time between two rounds, 30 s; Collect is how long the
	// master waits for readings, 1 s.
	Interval, Collect time.Duration
	// Gamma is how far apart clocks may be that count in the average, 1 s.
	Gamma time.Duration
	// Step corrects at once instead of slewing.
	Step bool
	// Absolute applies the average as a time, as if it did not take the message a
	// while to come: for comparison.
	Absolute bool
}

// Member is a member of the group: a node.
type Member struct {
	cfg    Config
	env    node.Env
	self   int
	clock  *physical.Clock
	master int // who polled last, or self

	silence  node.Timer // ends when it is time to take over
	next     node.Timer // of the master: the next round
	collect  node.Timer // of the master: the end of the round's polls
	round    uint64
	readings []reading

	// Rounds counts the corrections applied, Width is the largest error of a
	// measurement of the latest round that this member led.
	Rounds int
	Width  time.Duration
}

type reading struct {
	from       int
	difference time.Duration // from the master's clock
}

// New returns a member.
func New(cfg Config) *Member {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&cfg.Interval, 30 * time.Second}, {&cfg.Collect, time.Second}, {&cfg.Gamma, time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return &Member{cfg: cfg}
}

// Start implements node.Node.
func (m *Member) Start(env node.Env) {
	m.env, m.self = env, slices.Index(m.cfg.Members, env.Self())
	m.master = m.self
	m.clock = physical.NewClock(env.Elapsed(), env.Now())
	m.silence, m.next, m.collect = env.Timer(m.lead), env.Timer(m.poll), env.Timer(m.finish)
	if m.self == 0 {
		m.lead()
		return
	}
	m.wait()
}

// Now returns what the member's clock shows.
func (m *Member) Now() time.Time { return m.clock.Now(m.env.Elapsed()) }

// Master tells whether the member leads.
func (m *Member) Master() bool { return m.master == m.self && m.round > 0 }

// wait sets when to take over: after two intervals of silence, and one more for
// every member that stands before.
func (m *Member) wait() {
	//parley:rule timesync.berkeley.no-time-source drop
	m.silence.Reset(time.Duration(2+m.self) * m.cfg.Interval)
}

// lead begins to lead.
func (m *Member) lead() {
	m.master = m.self
	m.env.Note("lead")
	m.poll()
}

// poll begins a round.
func (m *Member) poll() {
	m.round++
	m.readings, m.Width = []reading{{m.self, 0}}, 0
	for i, to := range m.cfg.Members {
		if i != m.self {
			m.env.Send(to, &Poll{Round: m.round, T1: m.Now()})
		}
	}
	m.collect.Reset(m.cfg.Collect)
	m.next.Reset(m.cfg.Interval)
}

// Receive implements node.Node.
func (m *Member) Receive(from node.Addr, msg node.Message) {
	i := slices.Index(m.cfg.Members, from)
	if i < 0 || i == m.self {
		return
	}
	switch msg := msg.(type) {
	case *Poll:
		m.polled(i, msg)
	case *Reading:
		m.read(i, msg)
	case *Adjust:
		if i == m.master {
			m.adjust(msg)
		}
	}
}

// polled answers whoever polls, and follows it unless this member leads and
// stands before it.
func (m *Member) polled(from int, p *Poll) {
	if m.Master() && m.self < from {
		return // from will hear our Poll, and follow
	}
	m.master = from
	m.next.Stop()
	m.collect.Stop()
	m.wait()
	now := m.Now()
	m.env.Send(m.cfg.Members[from], &Reading{Round: p.Round, T1: p.T1, T2: now, T3: now})
}

func (m *Member) read(from int, r *Reading) {
	known := slices.ContainsFunc(m.readings, func(r reading) bool { return r.from == from })
	if m.master != m.self || r.Round != m.round || known {
		return
	}
	e := physical.Exchange{T1: r.T1, T2: r.T2, T3: r.T3, T4: m.Now()}
	m.readings = append(m.readings, reading{from, e.Offset()})
	m.Width = max(m.Width, e.Delay()/2+1)
}

// finish averages and tells everybody what to do.
func (m *Member) finish() {
	if m.master != m.self {
		return
	}
	differences := make([]time.Duration, len(m.readings))
	for i, r := range m.readings {
		differences[i] = r.difference
	}
	mean := average(differences, m.cfg.Gamma)
	for _, r := range m.readings {
		a := &Adjust{Round: m.round, By: mean - r.difference, Average: m.Now().Add(mean)}
		if r.from != m.self {
			m.env.Send(m.cfg.Members[r.from], a)
		} else {
			defer m.adjust(a) // Average is by the clock as it is
		}
	}
	m.readings = nil
}

// adjust applies a correction.
func (m *Member) adjust(a *Adjust) {
	by := a.By
	//parley:rule timesync.berkeley.averaging force=true
	if m.cfg.Absolute {
		by = a.Average.Sub(m.Now())
	}
	if m.Rounds++; m.cfg.Step {
		m.clock.Step(m.env.Elapsed(), by)
	} else {
		m.clock.Slew(m.env.Elapsed(), by)
	}
}
