package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/physical/berkeley"
	"github.com/parleysystems/parley/systems/order/physical/cristian"
	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Causality counts effects that are stamped before their causes.
var Causality = question{
	name: "causality", hosts: "13",
	text: `Are synchronized clocks good enough to order events by? Three groups of four machines on fast local networks
keep their clocks by Cristian's algorithm, by Berkeley's and by NTP, with servers far away, and send each
other messages that take 20 to 100 microseconds, stamped by the clock when they leave and when they arrive.
With each scheme some are stamped as received before they were sent, for the clocks are never equal. Lamport
stamps of the same messages are never wrong.`,
	canon:     []string{"timesync.limits.residual-error"},
	sometimes: []string{"cristian misorders", "berkeley misorders", "ntp misorders"},
	play: func(l *lab) error {
		far := sim.Link{Delay: sim.Normal(30*time.Millisecond, 8*time.Millisecond), Reorder: 1}
		near := sim.Link{Delay: sim.Uniform(20*time.Microsecond, 100*time.Microsecond), Reorder: 1}
		l.World.Shape("*", "*", far)
		ref := l.references(1)
		l.World.Host("ref0").Serve("time", func() node.Node { return &cristian.Server{} })
		groups := map[string][]node.Addr{}
		for _, scheme := range schemes {
			for i := range 4 {
				host := fmt.Sprint(scheme, i)
				l.wall(host, l.span(host, -50*time.Millisecond, 50*time.Millisecond), l.ppm(host, 50))
				groups[scheme] = append(groups[scheme], node.Join(host, scheme))
			}
		}
		l.keep(groups, ref)
		l.World.Run(2 * time.Hour)
		l.World.Shape("*", "*", near) // what is far does not matter any more
		return l.converse(groups)
	},
}.register()

var schemes = []string{"cristian", "berkeley", "ntp"}

// keep starts each group's scheme.
func (l *lab) keep(groups map[string][]node.Addr, ref []node.Addr) {
	for i := range 4 {
		l.World.Host(groups["cristian"][i].Host()).Serve("cristian", func() node.Node {
			return cristian.NewClient(cristian.Config{Server: "ref0/time", Interval: time.Minute})
		})
		l.World.Host(groups["berkeley"][i].Host()).Serve("berkeley", func() node.Node {
			return berkeley.New(berkeley.Config{Members: groups["berkeley"], Step: true})
		})
		l.serveNTP(groups["ntp"][i].Host(), ntp.Config{}, ref, nil)
	}
}

// stamped is a message between machines: when it left, by two clocks.
type stamped struct {
	Physical time.Time    `wire:"1"`
	Logical  lamport.Time `wire:"2"`
}

var _ = wire.Register[stamped]("physicaltest.stamped")

// talker sends the others of its group a message every millisecond.
type talker struct {
	now    func() time.Time
	others []node.Addr
	env    node.Env
	clock  lamport.Clock
	next   node.Timer

	messages, physical, logical int // received, and stamped before they were sent
}

// Start implements node.Node.
func (t *talker) Start(env node.Env) {
	t.env = env
	t.next = env.Timer(func() {
		t.next.Reset(time.Millisecond)
		to := t.others[env.Rand().IntN(len(t.others))]
		env.Send(to, &stamped{Physical: t.now(), Logical: t.clock.Tick()})
	})
	t.next.Reset(time.Millisecond)
}

// Receive implements node.Node.
func (t *talker) Receive(_ node.Addr, m node.Message) {
	s := m.(*stamped)
	t.messages++
	if t.now().Before(s.Physical) {
		t.physical++
	}
	if at, err := t.clock.Receive(s.Logical); err != nil || at <= s.Logical {
		t.logical++
	}
}

// converse has all groups talk for a second, and counts.
func (l *lab) converse(groups map[string][]node.Addr) error {
	talkers := map[string][]*talker{}
	for _, scheme := range schemes {
		for i, a := range groups[scheme] {
			t := &talker{now: func() time.Time { return clockAt[clock](l, a).Now() }}
			for j, b := range groups[scheme] {
				if i != j {
					t.others = append(t.others, node.Join(b.Host(), "talk"))
				}
			}
			l.World.Host(a.Host()).Serve("talk", func() node.Node { return t })
			talkers[scheme] = append(talkers[scheme], t)
		}
	}
	l.World.Run(time.Second)
	for _, scheme := range schemes {
		messages, wrong := 0, 0
		for _, t := range talkers[scheme] {
			if messages, wrong = messages+t.messages, wrong+t.physical; t.logical > 0 {
				return fmt.Errorf("%s: %d messages have a Lamport stamp not after their sending", scheme, t.logical)
			}
		}
		if messages < 1000 {
			return fmt.Errorf("%s: %d messages in a second", scheme, messages)
		}
		l.Stats["misordered, "+scheme] = float64(wrong) / float64(messages)
		l.Marks.Sometimes(scheme+" misorders", wrong > 0)
	}
	return nil
}
