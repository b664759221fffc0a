package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/truetime"
)

// CommitWait asks whether waiting is enough to order what follows each other.
var CommitWait = question{
	name: "commit-wait", hosts: "8",
	text: `Is a time as an interval good enough to order events by, where a clock is not? Three hosts stamp commits with the
latest time that it may be, and tell another host, which stamps a commit of its own when it hears of it. Told at once, some of these
successors get the smaller stamp. Told when the stamp has definitely passed at the host that chose it, none does,
however the clocks drift, and though a master lies. The wait that is computed beforehand is never too short.`,
	canon:     []string{"spanner.truetime.interval"},
	sometimes: []string{"told at once, a successor got a smaller stamp"},
	play: func(l *lab) error {
		masters := l.masters()
		l.World.Shape("*", "*", sim.Link{Delay: sim.Uniform(50*time.Microsecond, 500*time.Microsecond), Reorder: 1})
		var hosts []node.Addr
		for i := range 3 {
			hosts = append(hosts, node.Join(fmt.Sprint("host", i), "commit"))
		}
		for i, a := range hosts {
			l.wall(a.Host(), l.span(a.Host()+" offset", -time.Hour, time.Hour), l.ppm(a.Host(), 200))
			l.World.Host(a.Host()).Serve("commit", func() node.Node {
				return &committer{masters: masters, next: hosts[(i+1)%len(hosts)]}
			})
		}
		l.World.Run(2 * time.Minute)
		return l.external(hosts)
	},
}.register()

// external judges what the hosts saw.
func (l *lab) external(hosts []node.Addr) error {
	atOnce := 0
	for _, a := range hosts {
		c := clockAt[*committer](l, a)
		switch {
		case c.heard < 100:
			return fmt.Errorf("%s heard of %d commits in two minutes", a, c.heard)
		case c.inverted > 0:
			return fmt.Errorf("%s stamped %d of %d commits no later than one that had waited before it was told", a, c.inverted, c.heard)
		case c.short > 0:
			return fmt.Errorf("%s waited, and %d stamps had not passed", a, c.short)
		}
		atOnce += c.atOnce
		l.Stats["longest wait, ms"] = max(l.Stats["longest wait, ms"], 1000*c.longest.Seconds())
	}
	l.Marks.Sometimes("told at once, a successor got a smaller stamp", atOnce > 0)
	return nil
}

// committed tells of a commit.
type committed struct {
	Stamp  time.Time `wire:"1"`
	Waited bool      `wire:"2"`
}

var _ = wire.Register[committed]("physicaltest.committed")

// committer stamps a commit ten times a second. It owns a client of TrueTime, as a
// store's replica would.
type committer struct {
	masters []node.Addr
	next    node.Addr // who is told

	env   node.Env
	time  *truetime.Client
	tick  node.Timer
	wait  node.Timer
	stamp time.Time // whose passing is waited for

	heard    int
	atOnce   int // of the heard, stamped no later, where nobody had waited
	inverted int // and where somebody had
	short    int // waits after which the stamp had not passed
	longest  time.Duration
}

// Start implements node.Node.
func (c *committer) Start(env node.Env) {
	c.env, c.time = env, truetime.NewClient(truetime.Config{Masters: c.masters})
	c.time.Start(env)
	c.tick, c.wait = env.Timer(c.commit), env.Timer(c.passed)
	c.tick.Reset(100 * time.Millisecond)
}

func (c *committer) commit() {
	c.tick.Reset(100 * time.Millisecond)
	now, ok := c.time.Now()
	if !ok {
		return
	}
	c.stamp = now.Latest
	c.env.Send(c.next, &committed{Stamp: c.stamp})
	d, _ := c.time.Wait(c.stamp)
	c.longest = max(c.longest, d)
	c.wait.Reset(d)
}

func (c *committer) passed() {
	if !c.time.After(c.stamp) {
		c.short++
		return
	}
	c.env.Send(c.next, &committed{Stamp: c.stamp, Waited: true})
}

// Receive implements node.Node.
func (c *committer) Receive(from node.Addr, m node.Message) {
	told, ok := m.(*committed)
	if !ok {
		c.time.Receive(from, m)
		return
	}
	now, ok := c.time.Now()
	if !ok {
		return
	}
	c.heard++
	switch {
	case now.Latest.After(told.Stamp):
	case told.Waited:
		c.inverted++
	default:
		c.atOnce++
	}
}
