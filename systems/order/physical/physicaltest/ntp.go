package physicaltest

import (
	"fmt"
	"math"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical"
	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// serveNTP makes an NTP node of a host. wrap, if not nil, changes the node before
// it starts.
func (l *lab) serveNTP(host string, cfg ntp.Config, servers []node.Addr, wrap func(*ntp.Node)) node.Addr {
	return l.World.Host(host).Serve("ntp", func() node.Node {
		n := ntp.NewNode(cfg, servers...)
		if wrap != nil {
			wrap(n)
		}
		return n
	})
}

// references makes n servers of stratum 1 that have the true time.
func (l *lab) references(n int) (servers []node.Addr) {
	for i := range n {
		servers = append(servers, l.serveNTP(fmt.Sprint("ref", i), ntp.Config{Reference: "GPS"}, nil, nil))
	}
	return servers
}

func (l *lab) ntp(a node.Addr) *ntp.Node { return clockAt[*ntp.Node](l, a) }

// NTPFilter compares what can be made of eight samples.
var NTPFilter = question{
	name: "ntp-filter", hosts: "2",
	text: `Which of eight measurements is the best? A client asks a server over links whose queues make delays of 2 ms
into two seconds now and then, independently in each direction. For every sample the error of the latest, of
the mean of the latest eight, and of the one with the shortest round trip are taken. Over half a day the last
has the least mean square error, less than half of the latest's: plotted against the delay, offsets form a wedge whose tip is right.`,
	canon: []string{"timesync.ntp.minimum-delay-sample"},
	play: func(l *lab) error {
		queues := sim.LongTail(2*time.Millisecond, 2*time.Second)
		l.link("client", "ref0", queues, queues)
		ppm := l.ppm("ppm", 20)
		l.wall("client", 0, ppm)
		known := physical.PPB(-1000 * ppm) // else the samples' age would count as well
		var e squares
		l.serveNTP("client", ntp.Config{MaxPoll: 6, Frequency: &known, Sampled: func(_ int, latest, chosen ntp.Sample) {
			e.take(l.World.Time().Sub(l.ntp("client/ntp").Now()).Seconds(), latest, chosen)
		}}, l.references(1), nil)
		l.World.Run(12 * time.Hour)
		return e.judge(l)
	},
}.register()

// squares sums the square errors of three ways to use samples.
type squares struct {
	window               []float64
	latest, mean, chosen float64
	n                    int
}

func (s *squares) take(ahead float64, latest, chosen ntp.Sample) {
	s.window = append(s.window, latest.Offset)
	if s.window = s.window[max(0, len(s.window)-8):]; len(s.window) < 8 {
		return
	}
	sum := 0.0
	for _, o := range s.window {
		sum += o
	}
	s.n++
	s.latest += square(latest.Offset - ahead)
	s.mean += square(sum/8 - ahead)
	s.chosen += square(chosen.Offset - ahead)
}

func square(x float64) float64 { return float64(x * x) }

func (s *squares) judge(l *lab) error {
	if s.n < 100 {
		return fmt.Errorf("%d samples in half a day", s.n)
	}
	rms := func(sum float64) float64 { return 1000 * math.Sqrt(sum/float64(s.n)) }
	l.Stats["latest, ms"], l.Stats["mean, ms"], l.Stats["minimum delay, ms"] = rms(s.latest), rms(s.mean), rms(s.chosen)
	if 2*rms(s.chosen) > rms(s.latest) || rms(s.chosen) > rms(s.mean) {
		return fmt.Errorf("mean square errors: %.2f ms with the shortest round trip, %.2f ms with the latest, %.2f ms with the mean",
			rms(s.chosen), rms(s.latest), rms(s.mean))
	}
	return nil
}

// NTPSelection has one steady server that is wrong.
var NTPSelection = question{
	name: "ntp-selection", hosts: "4 to 6",
	text: `Which of several servers is to be believed? Three to five servers, the honest ones over links with jitter of
their own, and one with the steadiest link of all that is 5 s wrong. Taking the server whose measurements disperse
least, the client would follow the liar. NTP first intersects the intervals in which the truth must
lie, and leaves out who is elsewhere: after an hour the client is off by less than the honest links explain,
it never stepped to the liar, and does not count it a survivor. The true time is within the distance
that it states at all times.`,
	canon: []string{"timesync.ntp.server-selection", "timesync.ntp.goals"},
	play: func(l *lab) error {
		n := l.Knobs.Int("servers", 3, 5)
		servers, worst := l.references(n), time.Duration(0)
		for i := range servers {
			jitter := l.span(fmt.Sprint("jitter ", i), time.Millisecond, 10*time.Millisecond)
			delay := sim.Normal(l.span(fmt.Sprint("delay ", i), 2*time.Millisecond, 40*time.Millisecond), jitter)
			if i < n-1 {
				worst = max(worst, jitter)
			} else {
				delay = sim.Constant(time.Millisecond)
				l.wall("ref"+fmt.Sprint(i), sim.Choose(l.Knobs, "lie", 5*time.Second, -5*time.Second), 0)
			}
			l.link("client", fmt.Sprint("ref", i), delay, delay)
		}
		l.wall("client", l.span("offset", -time.Minute, time.Minute), l.ppm("ppm", 50))
		client := l.serveNTP("client", ntp.Config{}, servers, nil)
		l.World.Run(time.Hour)
		err := l.Past(3*time.Hour, time.Minute, func() error {
			s := l.ntp(client).Status()
			return l.within("the client", l.ntp(client), s.Distance+s.Offset.Abs())
		})
		if err != nil {
			return err
		}
		s := l.ntp(client).Status()
		if liar := s.Sources[n-1]; liar.Verdict != ntp.Falseticker {
			return fmt.Errorf("the client follows %s, and the liar is %v", s.Peer, liar.Verdict)
		}
		l.Stats["error, ms"] = 1000 * l.wrong(l.ntp(client)).Abs().Seconds()
		return l.within("the client", l.ntp(client), explained(worst))
	},
}.register()

// explained is how far off honest links whose delays have a standard deviation of
// jitter may make a client in its first hours.
//
// A measurement is off by half of the difference of two delays: by 2.8 jitter, if four
// standard deviations of that are enough. Two such errors in the first estimate of the
// frequency, 900 s apart, make it wrong by 2*2.8 jitter in 900 s. The loop lets the clock
// lag by what that makes in its time constant of 1024 s, and in the five polls of 64 s that
// the filter may let pass in between: 8.4 jitter. The rest is what the loop has not
// absorbed yet of its beginning.
func explained(jitter time.Duration) time.Duration { return 12*jitter + 10*time.Millisecond }

// NTPHoldover is a day without a network.
var NTPHoldover = question{
	name: "ntp-holdover", hosts: "5 to 6",
	text: `What becomes of a client's clock while it is cut off? Its oscillator drifts by 20 to 50 ppm; four servers of
different quality, and in some runs a bad one, have disciplined it for two days; then all links are cut for a day.
Left alone it would lose seconds; it has learnt the drift to 3 ppm, and all day it is as close to the true time as it
says. Within eight hours of the links' return the error is small again.`,
	canon:     []string{"timesync.ntp.goals"},
	sometimes: []string{"with a bad server"},
	play: func(l *lab) error {
		servers := l.references(4)
		for i := range servers {
			delay := sim.Normal(time.Duration(5*(i+1))*time.Millisecond, time.Duration(i+1)*time.Millisecond)
			l.link("client", fmt.Sprint("ref", i), delay, delay)
		}
		if l.Knobs.Chance("bad", 0.5) {
			servers = append(servers, l.serveNTP("bad", ntp.Config{Reference: "BAD"}, nil, nil))
			l.wall("bad", l.span("bad", 200*time.Millisecond, 10*time.Second), 0)
			l.Marks.Sometimes("with a bad server", true)
		}
		l.wall("client", time.Second, l.Knobs.Int("ppm", 20, 50))
		a := l.serveNTP("client", ntp.Config{}, servers, nil)
		l.World.Run(48 * time.Hour)
		before := l.wrong(l.ntp(a))
		if before.Abs() > 20*time.Millisecond {
			return fmt.Errorf("after two days the client is off by %v", before)
		}
		heal := l.World.Cut(sim.Isolate("client"))
		if err := l.alone(a, 24*time.Hour); err != nil {
			return err
		}
		l.Stats["ppm left"] = float64((l.wrong(l.ntp(a)) - before).Abs()) / float64(24*time.Hour) * 1e6
		if err := l.within("after a day alone the client", l.ntp(a), before.Abs()+24*time.Hour*learnt/1_000_000); err != nil {
			return err
		}
		heal()
		l.World.Run(8 * time.Hour)
		return l.within("back on the network the client", l.ntp(a), 60*time.Millisecond)
	},
}.register()

// learnt is how well the discipline knows the frequency after two days, in ppm.
//
// The first estimate is the change of the offset over StepOut: two measurements,
// each wrong by 5 ms at worst over these links, make up to 11 ppm. The phase-lock
// loop is overdamped. Its slow mode decays with 4*loopGain*64 s squared, over
// loopGain*64 s, that is 4.6 hours at the shortest poll, if every poll updates it;
// but the filter lets one of about five through, and the loop counts no more than a
// poll for it: 22 hours. Two days leave a ninth of the 11 ppm. The rest is room for
// the noise of the offsets, which the frequency-lock loop follows at long polls.
const learnt = 3

// alone lets time pass without a server, during which the client never claims to
// be closer to the true time than it is: its distance grows by Phi (I1).
func (l *lab) alone(client node.Addr, d time.Duration) error {
	return l.Past(d, time.Hour, func() error {
		s := l.ntp(client).Status()
		if s.Leap == ntp.Unsynchronized {
			return fmt.Errorf("at %v the client claims no time at all", l.World.Now())
		}
		return l.within("the client alone", l.ntp(client), s.Distance+s.Offset.Abs())
	})
}

// NTPSlew watches a clock that is ahead.
var NTPSlew = question{
	name: "ntp-slew", hosts: "3",
	text: `May a corrected clock run backward? A client that is up to 120 ms off, either way, timestamps an event every
100 ms while NTP corrects it: stamps never fall, and the error goes away at no more than 500 ppm besides the
frequency. Another client is a second ahead. That is above the step threshold, so once it has persisted the
standard rule steps the clock, and there time does go back.`,
	canon: []string{"timesync.ntp.slew-not-step", "timesync.claim.ntp-sets-clock-back"},
	play: func(l *lab) error {
		servers := l.references(1)
		l.wall("client", l.span("offset", -120*time.Millisecond, 120*time.Millisecond), l.ppm("ppm", 5))
		l.wall("far", time.Second, 0)
		known := physical.PPB(0)
		near := l.serveNTP("client", ntp.Config{}, servers, nil)
		far := l.serveNTP("far", ntp.Config{Frequency: &known}, servers, nil)
		const tick = 100 * time.Millisecond
		back := 0
		a, b := l.ntp(near).Now(), l.ntp(far).Now()
		err := l.Past(3*time.Hour, tick, func() error {
			now, other := l.ntp(near).Now(), l.ntp(far).Now()
			if gone := now.Sub(a); gone < 0 || (gone-tick).Abs() > tick*1006/1_000_000+2 {
				return fmt.Errorf("at %v the slewed clock went from %v by %v in %v", l.World.Now(), a, gone, tick)
			}
			if other.Before(b) {
				back++
			}
			a, b = now, other
			return nil
		})
		if err != nil {
			return err
		}
		if back != 1 || l.ntp(far).Daemon().Steps != 1 {
			return fmt.Errorf("a clock a second ahead went back %d times in %d steps, want once", back, l.ntp(far).Daemon().Steps)
		}
		return l.within("the slewed clock", l.ntp(near), 15*time.Millisecond)
	},
}.register()

// KissOfDeath is a server that wants to be left alone.
var KissOfDeath = question{
	name: "kiss-o-death", hosts: "3",
	text: `What does a server do about a client that asks too often, and what does the client? The server admits a
request a minute on average; one client asks every two seconds. It is told RATE once, then gets no answer, and from then on asks at half
the pace, and again, until it is within the limit. A client of good manners does not notice.`,
	canon: []string{"timesync.ntp.goals"},
	play: func(l *lab) error {
		l.serveNTP("ref", ntp.Config{Reference: "GPS", Interval: time.Minute}, nil, nil)
		greedy := l.serveNTP("greedy", ntp.Config{MinPoll: 1, MaxPoll: 10}, []node.Addr{"ref/ntp"}, nil)
		polite := l.serveNTP("polite", ntp.Config{}, []node.Addr{"ref/ntp"}, nil)
		l.World.Run(6 * time.Hour)
		if n := l.ntp(greedy); n.Rejected == 0 || n.Rejected > 20 || l.ntp(polite).Rejected != 0 {
			return fmt.Errorf("%d kisses for the greedy client, %d for the polite one", n.Rejected, l.ntp(polite).Rejected)
		}
		return nil
	},
}.register()
