package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/truetime"
)

// TrueTime asks whether the interval keeps its word.
var TrueTime = question{
	name: "truetime", hosts: "6 to 8",
	text: `Does the interval contain the true time, always? Five masters, good to a millisecond; one may lie by
anything from 2 ms to a minute, and some are down for a while. One to three clients, whose oscillators drift by up to the assumed
200 microseconds a second, poll every 30 s over links of half a millisecond to a second. At every look the true time lies in the
interval, Earliest never goes back, and After and Before are never wrong. On a fast network the half width is a
sawtooth from about 1 to 7 ms.`,
	canon:     []string{"spanner.truetime.interval", "spanner.truetime.epsilon-sawtooth", "spanner.truetime.masters-and-daemons"},
	sometimes: []string{"a master lies", "an oscillator drifts at the bound"},
	play: func(l *lab) error {
		masters := l.masters()
		fast := l.Knobs.Chance("fast", 0.5)
		if fast {
			l.World.Shape("*", "*", sim.Link{Delay: sim.Constant(500 * time.Microsecond)})
		} else {
			l.World.Shape("*", "*", sim.Link{Delay: sim.LongTail(2*time.Millisecond, time.Second), Loss: 0.1, Reorder: 1})
		}
		var clients []*timed
		for i := range l.Knobs.Int("clients", 1, 3) {
			host := fmt.Sprint("client", i)
			ppm := l.ppm(host, 200)
			l.Marks.Sometimes("an oscillator drifts at the bound", ppm == 200 || ppm == -200)
			l.wall(host, l.span(host+" offset", -time.Hour, time.Hour), ppm)
			clients = append(clients, &timed{l: l, addr: l.World.Host(host).Serve("truetime", func() node.Node {
				return truetime.NewClient(truetime.Config{Masters: masters})
			})})
		}
		l.World.Run(10 * time.Second)
		outage := l.Knobs.Int("outage", 0, 2)
		l.World.After(time.Minute, l.down(masters[:outage]))
		err := l.Past(10*time.Minute, 95*time.Millisecond, func() error {
			for _, c := range clients {
				if err := c.look(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || !fast || outage > 0 {
			return err
		}
		return clients[0].sawtooth()
	},
}.register()

// masters makes five, the last of which may lie.
func (l *lab) masters() (masters []node.Addr) {
	for i := range 5 {
		host := fmt.Sprint("master", i)
		l.wall(host, l.span(host, -900*time.Microsecond, 900*time.Microsecond), 0)
		masters = append(masters, l.World.Host(host).Serve("truetime", func() node.Node {
			return &truetime.Master{Uncertainty: time.Millisecond}
		}))
	}
	if l.Knobs.Chance("lie", 0.6) {
		l.Marks.Sometimes("a master lies", true)
		by := l.Knobs.Duration("by", 2*time.Millisecond, time.Minute)
		l.wall("master4", sim.Choose(l.Knobs, "sign", by, -by), 0)
	}
	return masters
}

// down crashes masters.
func (l *lab) down(masters []node.Addr) func() {
	return func() {
		for _, m := range masters {
			l.World.Host(m.Host()).Crash()
		}
	}
}

// timed is a client with what was seen of it.
type timed struct {
	l        *lab
	addr     node.Addr
	earliest time.Time
	least    time.Duration // half widths seen
	most     time.Duration
}

func (t *timed) look() error {
	c := clockAt[*truetime.Client](t.l, t.addr)
	now, ok := c.Now()
	truth := t.l.World.Time()
	switch {
	case !ok && t.l.World.Now() > 5*time.Minute:
		return fmt.Errorf("%s has no interval after five minutes", t.addr)
	case !ok:
		return nil
	case !now.Contains(truth):
		return fmt.Errorf("%s: the time is %v, the interval %v to %v", t.addr, truth, now.Earliest, now.Latest)
	case now.Earliest.Before(t.earliest):
		return fmt.Errorf("%s: earliest went from %v back to %v", t.addr, t.earliest, now.Earliest)
	case c.After(truth), c.Before(truth), !c.After(now.Earliest.Add(-1)), !c.Before(now.Latest.Add(1)):
		return fmt.Errorf("%s: after or before is wrong at %v", t.addr, truth)
	case c.Evicted > 0:
		return fmt.Errorf("%s: masters contradict an oscillator within its bound", t.addr)
	}
	half := now.Width() / 2
	if t.earliest = now.Earliest; t.most == 0 {
		t.least = half
	}
	t.least, t.most = min(t.least, half), max(t.most, half)
	return nil
}

// sawtooth demands that the half width stays near what the paper computes: the
// masters' millisecond and half of the round trip, and 30 s of drift. What was
// known before may make it tighter.
func (t *timed) sawtooth() error {
	t.l.Stats["least half width, ms"], t.l.Stats["greatest half width, ms"] = 1000*t.least.Seconds(), 1000*t.most.Seconds()
	if t.most > 9*time.Millisecond || t.most < 6*time.Millisecond || t.least > 2*time.Millisecond {
		return fmt.Errorf("the half width goes from %v to %v, want about 1 to 7 ms", t.least, t.most)
	}
	return nil
}
