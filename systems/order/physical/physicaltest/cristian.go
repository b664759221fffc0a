package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/cristian"
)

// pair makes a server with the true time and a client that asks it.
func (l *lab) pair(server, client string, cfg cristian.Config, hold func() time.Duration) node.Addr {
	cfg.Server = l.World.Host(server).Serve("time", func() node.Node { return &cristian.Server{Hold: hold} })
	return l.World.Host(client).Serve("time", func() node.Node { return cristian.NewClient(cfg) })
}

// answered runs until a client has used its n-th answer.
func (l *lab) answered(a node.Addr, n int, limit time.Duration) *cristian.Client {
	l.World.RunUntil(func() bool { return clockAt[*cristian.Client](l, a).Answers >= n }, limit)
	return clockAt[*cristian.Client](l, a)
}

// Naive adopts what a server says, as it arrives.
var Naive = question{
	name: "naive", hosts: "3",
	text: `What if a client takes over the time in a server's reply as it stands? Over links of 1 to 500 ms it is
behind by the age of the reply, whatever that was; the same exchange, used with half of the round trip added,
leaves half of the asymmetry. A client whose messages are all lost stays as wrong as it was.`,
	canon: []string{"timesync.naive.stale-answer"},
	play: func(l *lab) error {
		there, back := l.span("there", time.Millisecond, 500*time.Millisecond), l.span("back", time.Millisecond, 500*time.Millisecond)
		for _, client := range []string{"naive", "cristian"} {
			l.link(client, "server-"+client, sim.Constant(there), sim.Constant(back))
			l.wall(client, l.span("offset", -time.Hour, time.Hour), 0)
		}
		naive := l.answered(l.pair("server-naive", "naive", cristian.Config{Naive: true}, nil), 1, time.Minute)
		if wrong := l.wrong(naive); wrong != -back {
			return fmt.Errorf("the naive client is off by %v, the reply was %v old", wrong, back)
		}
		better := l.answered(l.pair("server-cristian", "cristian", cristian.Config{}, nil), 1, time.Minute)
		if wrong, want := l.wrong(better), (there-back)/2; (wrong - want).Abs() > 1 {
			return fmt.Errorf("the other client is off by %v, half of the asymmetry is %v", wrong, want)
		}
		return l.unheard()
	},
}.register()

// unheard demands that a client without answers is where it was.
func (l *lab) unheard() error {
	l.World.Shape("lost", "*", sim.Link{Loss: 1})
	l.wall("lost", time.Minute, 0)
	lost := l.answered(l.pair("server-lost", "lost", cristian.Config{}, nil), 1, 10*time.Second)
	if wrong := l.wrong(lost); lost.Answers != 0 || wrong != time.Minute {
		return fmt.Errorf("a client without an answer has %d answers and is off by %v", lost.Answers, wrong)
	}
	return nil
}

// Cristian measures errors against the bound that the client knows.
var Cristian = question{
	name: "cristian", hosts: "2",
	text: `How wrong may a clock be that was set by T3 + delta/2? Round trips of 2 ms to a second, symmetric or with
any asymmetry up to all of it, are played with a server that holds questions for up to 10 s, a client that is
up to an hour off and drifts. The error is half of the difference of the directions, zero if they are equal,
whatever the server's holding time, and never beyond delta/2, which is all that the client knows.`,
	canon:     []string{"timesync.cristian.offset-formula", "timesync.cristian.error-bound"},
	sometimes: []string{"symmetric", "asymmetric by more than half"},
	play: func(l *lab) error {
		trip := l.span("trip", 2*time.Millisecond, time.Second)
		there := l.span("share", 0, time.Microsecond*100) * trip / (100 * time.Microsecond)
		if l.Knobs.Chance("symmetric", 0.3) {
			there = trip / 2
		}
		ppm := l.ppm("ppm", 100)
		l.link("client", "server", sim.Constant(there), sim.Constant(trip-there))
		l.wall("client", l.span("offset", -time.Hour, time.Hour), ppm)
		hold := l.span("hold", 0, 10*time.Second)
		c := l.answered(l.pair("server", "client", cristian.Config{Interval: 20 * time.Second}, func() time.Duration { return hold }), 1, time.Minute)
		if c.Answers == 0 {
			return fmt.Errorf("no answer in a minute")
		}
		asymmetry := 2*there - trip
		l.Marks.Sometimes("symmetric", asymmetry == 0)
		l.Marks.Sometimes("asymmetric by more than half", asymmetry.Abs() > trip/2)
		drifted := (trip+hold)*100/1_000_000 + 2
		if wrong := l.wrong(c); (wrong - asymmetry/2).Abs() > drifted {
			return fmt.Errorf("off by %v; the asymmetry of %v makes %v, drift %v at most", wrong, asymmetry, asymmetry/2, drifted)
		}
		return l.within("the client's clock", c, c.ErrorBound()+drifted)
	},
}.register()

// Asymmetry is the pair of runs that nobody inside can tell apart.
var Asymmetry = question{
	name: "asymmetry", hosts: "4", once: true,
	text: `Can the delay of one direction be measured? Two clients ask two servers. With the first pair the clocks
agree, and a message takes 30 ms there and 10 ms back; with the second the server's clock is 10 ms ahead, and
a message takes 20 ms each way. All four timestamps are the same, so nothing that is computed from them can
tell the one-way delays apart. (It takes clocks that were synchronized by other means.)`,
	canon: []string{"timesync.claim.one-way-latency-unknowable", "timesync.cristian.error-bound"},
	play: func(l *lab) error {
		const ms = time.Millisecond
		l.link("c1", "s1", sim.Constant(30*ms), sim.Constant(10*ms))
		l.link("c2", "s2", sim.Constant(20*ms), sim.Constant(20*ms))
		l.wall("s2", 10*ms, 0)
		first, second := l.pair("s1", "c1", cristian.Config{}, nil), l.pair("s2", "c2", cristian.Config{}, nil)
		a, b := l.answered(first, 1, time.Second), l.answered(second, 1, time.Second)
		if a.Last != b.Last || a.Answers != 1 {
			return fmt.Errorf("the two exchanges differ: %v and %v", a.Last, b.Last)
		}
		return nil
	},
}.register()

// SyncOnce compares once with now and then.
var SyncOnce = question{
	name: "sync-once", hosts: "3",
	text: `Is it enough to set a clock when its host starts? Two clients whose oscillators drift by 10 to 100 ppm
set their clocks by a server; one does so once, the other every ten minutes. After a day the first is off by
its drift times a day, which is one to nine seconds; the second never by more than half of a round trip and
ten minutes of drift.`,
	canon: []string{"timesync.claim.sync-once-is-enough"},
	play: func(l *lab) error {
		ppm := l.Knobs.Int("ppm", 10, 100)
		if l.Knobs.Chance("slow", 0.5) {
			ppm = -ppm
		}
		l.wall("once", time.Second, ppm)
		l.wall("often", time.Second, ppm)
		once := l.answered(l.pair("server", "once", cristian.Config{}, nil), 1, time.Minute)
		often := l.answered(l.pair("server2", "often", cristian.Config{Interval: 10 * time.Minute}, nil), 1, time.Minute)
		bound := time.Millisecond + 10*time.Minute*100/1_000_000
		err := l.Past(24*time.Hour, time.Minute, func() error { return l.within("the clock that is set often", often, bound) })
		if err != nil {
			return err
		}
		want := 24 * time.Hour * time.Duration(ppm) / 1_000_000
		if wrong := l.wrong(once); (wrong - want).Abs() > 10*time.Millisecond {
			return fmt.Errorf("the clock that was set once is off by %v after a day, its drift makes %v", wrong, want)
		}
		l.Stats["seconds a day"] = l.wrong(once).Seconds()
		return nil
	},
}.register()
