package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// question is an experiment on clocks.
type question struct {
	name, text, hosts string
	canon, sometimes  []string
	once              bool
	play              func(*lab) error
}

func (q question) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "timesync", Name: q.name, Question: q.text, Canon: q.canon, Sometimes: q.sometimes,
		Hosts: q.hosts, Once: q.once,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			return ordertest.Do(seed, o, ordertest.Setup{
				Timed: true,
				Body: func(r *ordertest.Run) error {
					if err := r.Follow(); err != nil {
						return err
					}
					return q.play(&lab{Run: r})
				},
			})
		},
	})
}

// lab is a run of one.
type lab struct{ *ordertest.Run }

// wall sets a host's clock wrong: by an offset, and by a drift in parts in a
// million.
func (l *lab) wall(host string, offset time.Duration, ppm int) {
	c := l.World.Host(host).Clock()
	c.Step(offset)
	c.Drift(ppm)
}

// span draws a duration of a name evenly from lo to hi, in microseconds.
func (l *lab) span(name string, lo, hi time.Duration) time.Duration {
	const grain = time.Microsecond
	// Knobs prefer small numbers, and the ends; a sum of two folds that out.
	width := int((hi - lo) / grain)
	n := (l.Knobs.Int(name, 0, width) + l.Knobs.Int(name+" too", 0, width)) % (width + 1)
	return lo + time.Duration(n)*grain
}

// ppm draws a drift up to most either way.
func (l *lab) ppm(name string, most int) int { return l.Knobs.Int(name, 0, 2*most) - most }

// link shapes the way from one host to another and back.
func (l *lab) link(a, b string, there, back sim.Dist) {
	l.World.Shape(a, b, sim.Link{Delay: there, Reorder: 1})
	l.World.Shape(b, a, sim.Link{Delay: back, Reorder: 1})
}

// clock is a node that keeps one.
type clock interface {
	node.Node
	Now() time.Time
}

// clockAt returns the running node at an address.
func clockAt[N node.Node](l *lab, a node.Addr) N {
	n, _ := l.World.Node(a).(N)
	return n
}

// wrong returns by how much a clock is ahead of the true time.
func (l *lab) wrong(c clock) time.Duration { return c.Now().Sub(l.World.Time()) }

// within demands that a clock is off by no more than a bound.
func (l *lab) within(what string, c clock, bound time.Duration) error {
	if w := l.wrong(c); w.Abs() > bound {
		return fmt.Errorf("%s is off by %v at %v, its bound is %v", what, w, l.World.Now(), bound)
	}
	return nil
}
