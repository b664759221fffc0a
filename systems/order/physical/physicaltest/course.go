package physicaltest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/physical/cristian"
	"github.com/parleysystems/parley/systems/order/physical/ntp"
	"github.com/parleysystems/parley/systems/order/physical/truetime"
)

// Moment is a look at a clock: when, by how much it was ahead of the true time, and
// how far off it said, or theory says, that it might be.
type Moment struct{ At, Error, Bound time.Duration }

// Within tells whether the clock kept its word.
func (m Moment) Within() bool { return m.Error.Abs() <= m.Bound }

// course makes a run for what it shows, not for a verdict.
func course(seed uint64, play func(*lab) error) error {
	r := ordertest.Do(seed, experiment.Options{}, ordertest.Setup{
		Timed: true, Body: func(r *ordertest.Run) error { return play(&lab{Run: r}) },
	})
	if r.Verdict != check.OK {
		return errors.New(r.Violation)
	}
	return nil
}

// stated looks at an NTP client.
func (l *lab) stated(a node.Addr) Moment {
	n := l.ntp(a)
	s := n.Status()
	return Moment{l.World.Now(), l.wrong(n), s.Distance + s.Offset.Abs()}
}

// Lopsided measures what Cristian's algorithm and NTP make of a server that is there
// away in one direction and back in the other. Bound is half of the round trip, and
// for NTP what the client states.
func Lopsided(there, back time.Duration) (one, many Moment, err error) {
	err = course(1, func(l *lab) error {
		for _, host := range []string{"cristian", "ntp"} {
			l.wall(host, 40*time.Millisecond, 0)
			l.link(host, "ref0", sim.Constant(there), sim.Constant(back))
		}
		servers := l.references(1)
		l.World.Host("ref0").Serve("time", func() node.Node { return &cristian.Server{} })
		asks := l.World.Host("cristian").Serve("cristian", func() node.Node {
			return cristian.NewClient(cristian.Config{Server: "ref0/time", Interval: time.Minute})
		})
		keeps := l.serveNTP("ntp", ntp.Config{}, servers, nil)
		l.World.Run(48 * time.Hour)
		one = Moment{l.World.Now(), l.wrong(clockAt[*cristian.Client](l, asks)), (there + back) / 2}
		many = l.stated(keeps)
		return nil
	})
	return one, many, err
}

// Liars follows an NTP client for some hours. Its oscillator gains 40 ppm; it asks
// five servers over links that are slower there than back; some of them, the steadiest,
// are all five seconds ahead.
func Liars(seed uint64, liars int, hours int) (moments []Moment, err error) {
	err = course(seed, func(l *lab) error {
		servers := l.references(5)
		for i := range servers {
			host := fmt.Sprint("ref", i)
			ms := time.Duration(i+1) * time.Millisecond
			l.link("client", host, sim.Normal(8*ms, 2*ms), sim.Normal(3*ms, ms))
			if i < liars {
				l.wall(host, 5*time.Second, 0)
			}
		}
		l.wall("client", -time.Second, 40)
		a := l.serveNTP("client", ntp.Config{}, servers, nil)
		l.World.Run(2 * time.Minute)
		return l.Past(time.Duration(hours)*time.Hour, 3*time.Minute, func() error {
			moments = append(moments, l.stated(a))
			return nil
		})
	})
	return moments, err
}

// Alone follows an NTP client for two days with four servers and a day without.
func Alone(seed uint64) (moments []Moment, err error) {
	err = course(seed, func(l *lab) error {
		servers := l.references(4)
		for i := range servers {
			delay := sim.Normal(time.Duration(5*(i+1))*time.Millisecond, time.Duration(i+1)*time.Millisecond)
			l.link("client", fmt.Sprint("ref", i), delay, delay)
		}
		l.wall("client", time.Second, 40)
		a := l.serveNTP("client", ntp.Config{}, servers, nil)
		l.World.After(48*time.Hour, func() { l.World.Cut(sim.Isolate("client")) })
		l.World.Run(time.Hour)
		return l.Past(71*time.Hour, 10*time.Minute, func() error {
			moments = append(moments, l.stated(a))
			return nil
		})
	})
	return moments, err
}

// Sawtooth follows an interval of TrueTime: Error is how far its middle is ahead of the
// true time, Bound half of its width. One of five masters lies.
func Sawtooth(seed uint64) (moments []Moment, err error) {
	err = course(seed, func(l *lab) error {
		var masters []node.Addr
		for i := range 5 {
			host := fmt.Sprint("master", i)
			l.wall(host, l.span(host, -900*time.Microsecond, 900*time.Microsecond), 0)
			masters = append(masters, l.World.Host(host).Serve("truetime", func() node.Node {
				return &truetime.Master{Uncertainty: time.Millisecond}
			}))
		}
		l.wall("master4", 3*time.Millisecond, 0)
		l.wall("client", time.Minute, 150)
		l.World.Shape("*", "*", sim.Link{Delay: sim.Constant(500 * time.Microsecond)})
		a := l.World.Host("client").Serve("truetime", func() node.Node {
			return truetime.NewClient(truetime.Config{Masters: masters})
		})
		l.World.Run(10 * time.Second)
		return l.Past(2*time.Minute, 250*time.Millisecond, func() error {
			now, _ := clockAt[*truetime.Client](l, a).Now()
			moments = append(moments, Moment{l.World.Now(), now.Midpoint().Sub(l.World.Time()), now.Width() / 2})
			return nil
		})
	})
	return moments, err
}

// Wedge measures a server again and again over links with queues: At is the round
// trip, Error that of the offset, Bound half of the round trip.
func Wedge(seed uint64, hours int) (moments []Moment, err error) {
	err = course(seed, func(l *lab) error {
		queues := sim.LongTail(2*time.Millisecond, 2*time.Second)
		l.link("client", "ref0", queues, queues)
		l.serveNTP("client", ntp.Config{MaxPoll: 6, Sampled: func(_ int, s, _ ntp.Sample) {
			trip := time.Duration(s.Delay * float64(time.Second))
			ahead := l.World.Time().Sub(l.ntp("client/ntp").Now())
			moments = append(moments, Moment{trip, time.Duration(s.Offset*float64(time.Second)) - ahead, trip / 2})
		}}, l.references(1), nil)
		l.World.Run(time.Duration(hours) * time.Hour)
		return nil
	})
	return moments, err
}
