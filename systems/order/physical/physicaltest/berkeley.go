package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/berkeley"
	"github.com/parleysystems/parley/systems/order/physical/cristian"
)

// group makes members of a Berkeley group on hosts whose names begin with prefix.
func (l *lab) group(prefix string, n int, cfg berkeley.Config) (members []node.Addr) {
	for i := range n {
		members = append(members, node.Join(fmt.Sprint(prefix, i), "berkeley"))
	}
	cfg.Members = members
	for _, a := range members {
		l.World.Host(a.Host()).Serve(a.Service(), func() node.Node { return berkeley.New(cfg) })
	}
	return members
}

// spread returns the least and the greatest error of the members that are up.
func (l *lab) spread(members []node.Addr) (least, most time.Duration) {
	first := true
	for _, a := range members {
		m := clockAt[*berkeley.Member](l, a)
		if m == nil {
			continue
		}
		w := l.wrong(m)
		if first {
			least, most, first = w, w, false
		}
		least, most = min(least, w), max(most, w)
	}
	return least, most
}

// Berkeley is one round.
var Berkeley = question{
	name: "berkeley", hosts: "16",
	text: `What does one round of averaging do to a group? Eight clocks are up to half a second off; in some runs one is
off by ten minutes. After a round all are within the errors of its measurements of each other, near the average of
the good clocks, although the corrections are five seconds on their way. A second group is sent the average as
a time instead: each member ends behind by what the message took.`,
	canon:     []string{"timesync.berkeley.averaging"},
	sometimes: []string{"one wild clock"},
	play: func(l *lab) error {
		wild := l.Knobs.Chance("wild", 0.5)
		cfg := berkeley.Config{Step: true, Interval: time.Hour}
		absolute := cfg
		absolute.Absolute = true
		var lo, hi time.Duration
		for i := range 8 {
			off := l.span(fmt.Sprint("offset ", i), -500*time.Millisecond, 500*time.Millisecond)
			lo, hi = min(lo, off), max(hi, off)
			if wild && i == 7 {
				off = 10 * time.Minute
			}
			for _, group := range []string{"good", "late"} {
				l.wall(fmt.Sprint(group, i), off, 0)
			}
		}
		l.Marks.Sometimes("one wild clock", wild)
		l.World.Shape("*", "*", sim.Link{Delay: sim.LongTail(5*time.Millisecond, 200*time.Millisecond), Reorder: 1})
		good, late := l.group("good", 8, cfg), l.group("late", 8, absolute)
		l.World.Run(900 * time.Millisecond) // polled and read; corrections are to come
		l.World.Shape("*", "*", sim.Link{Delay: sim.Constant(5 * time.Second)})
		l.World.Run(time.Minute)
		return l.judgeRound(good, late, lo, hi)
	},
}.register()

// judgeRound looks at both groups after one round, whose good clocks were between
// lo and hi off.
func (l *lab) judgeRound(good, late []node.Addr, lo, hi time.Duration) error {
	master := clockAt[*berkeley.Member](l, good[0])
	least, most := l.spread(good)
	if most-least > 2*master.Width {
		return fmt.Errorf("after a round the clocks are %v apart, the measurements are good for %v", most-least, 2*master.Width)
	}
	if least < lo-master.Width || most > hi+master.Width {
		return fmt.Errorf("after a round clocks are off by %v to %v; the good ones were by %v to %v", least, most, lo, hi)
	}
	least, most = l.spread(late)
	if behind := most - least; behind < 4*time.Second {
		return fmt.Errorf("an average sent as a time, five seconds on its way, leaves clocks %v apart", behind)
	}
	return nil
}

// BerkeleyFailures takes away the server here and the master there.
var BerkeleyFailures = question{
	name: "berkeley-failures", hosts: "8",
	text: `What if the machine that everybody's time comes from fails? Three clients of a time server, and five members
of a Berkeley group, with oscillators that drift by up to 100 ppm. After ten minutes the server stops, and the
group's master. The clients get no more corrections and part, by their drift. The group has a new master and
stays together, within the error of a round and the drift between two; with the true time it does not stay.`,
	canon: []string{"timesync.berkeley.no-time-source"},
	play: func(l *lab) error {
		var clients []node.Addr
		for i := range 3 {
			host := fmt.Sprint("client", i)
			l.wall(host, l.span(host, -time.Second, time.Second), 30*(i+1))
			clients = append(clients, l.World.Host(host).Serve("time", func() node.Node {
				return cristian.NewClient(cristian.Config{Server: "server/time", Interval: 30 * time.Second})
			}))
		}
		l.World.Host("server").Serve("time", func() node.Node { return &cristian.Server{} })
		for i := range 5 {
			host := fmt.Sprint("member", i)
			l.wall(host, l.span(host, -100*time.Millisecond, 100*time.Millisecond), l.ppm(host, 100))
		}
		members := l.group("member", 5, berkeley.Config{Step: true})
		l.World.Run(10 * time.Minute)
		l.World.Host("server").Crash()
		l.World.Host("member0").Crash()
		l.World.Run(5 * time.Minute) // enough for a new master
		return l.judgeFailures(clients, members)
	},
}.register()

func (l *lab) judgeFailures(clients, members []node.Addr) error {
	const together = 2*time.Millisecond + 2*31*time.Second*200/1_000_000
	err := l.Past(2*time.Hour, 10*time.Second, func() error {
		if least, most := l.spread(members); most-least > together {
			return fmt.Errorf("without its first master the group is %v apart, want %v at most", most-least, together)
		}
		return nil
	})
	if err != nil {
		return err
	}
	first, last := clockAt[*cristian.Client](l, clients[0]), clockAt[*cristian.Client](l, clients[2])
	if apart := l.wrong(last) - l.wrong(first); apart < 400*time.Millisecond {
		return fmt.Errorf("two hours without a server, with drifts 60 ppm apart: the clients are %v apart", apart)
	}
	l.Stats["group off by"] = l.wrong(clockAt[*berkeley.Member](l, members[1])).Seconds()
	return nil
}
