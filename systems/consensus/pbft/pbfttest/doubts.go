package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// spoiled is the client's next request, with a wrong tag for b.
func (b *bench) spoiled() *pbft.Request {
	q := b.request()
	clear(q.Auth[1*16 : 2*16])
	return q
}

// doubts counts what b has said of the client's tags.
func (b *bench) doubts(ended bool) int {
	return seen(b, "c", func(m *pbft.Doubt) bool { return m.Replica == 1 && m.Ended == ended && m.Client.Host() == "x0" })
}

// Doubts examines a backup that gets requests which it cannot verify.
var Doubts = script{
	name: "doubts",
	question: `When does a replica doubt a client, and for how long? A backup is shown batches with requests whose tags for it are wrong. It must say so at once, and
again when the pre-prepare comes again, prepare nothing, and take a request's word from f+1 replicas. The doubt must end with the next request whose tag is right and is
executed; a second one with the fourth. A signature pays for nothing. Of a client that goes on signing it must say now and then that it does not doubt it, since others may think so.`,
	canon:  []string{"pbft.client.faulty-clients"},
	config: func(c *pbft.Config) { c.CheckpointInterval, c.Window = 64, 128 },
	play: func(b *bench) {
		n := pbft.SeqNo(0)
		next := func(q *pbft.Request) *pbft.PrePrepare {
			n++
			return b.order(0, n, q)
		}
		first := next(b.spoiled())
		b.say("a", first)
		b.want(b.doubts(false) == 1 && b.prepares(1) == 0, "a wrong tag brings %d doubts and %d prepares", b.doubts(false), b.prepares(1))
		b.say("d", commit("d", first))
		b.want(b.doubts(false) == 1, "a doubt is said again, though there is nothing new")
		b.say("a", first)
		b.want(b.doubts(false) == 2, "a doubt that may be lost is not said again")
		b.say("c", prepare("c", first))
		b.want(b.prepares(1) == 1 && b.doubts(false) == 2, "f+1 replicas vouch for a request, and there are %d prepares", b.prepares(1))
		b.carry(first)
		b.want(len(b.executed) == 1 && b.doubts(true) == 0, "a wrong tag pays for a doubt")

		again := next(b.puppets["x0"].voice.Sign(b.spoiled()))
		b.carry(again)
		b.want(len(b.executed) == 2 && b.doubts(true) == 0, "a signature pays for a doubt")
		b.carry(next(b.request()))
		b.want(b.doubts(true) == 1, "a right tag does not end a doubt")

		b.carry(next(b.spoiled()))
		for i := range 4 {
			b.want(b.doubts(true) == 1, "the second doubt ends after %d right tags", i)
			b.carry(next(b.request()))
		}
		b.want(b.doubts(true) == 2, "the second doubt does not end with the fourth right tag")
		b.carry(next(b.request()))
		b.want(b.doubts(true) == 2, "it is said of a tag without a doubt that it is right")
		for i := range 33 {
			b.carry(next(b.puppets["x0"].voice.Sign(b.request())))
			want := map[int]int{15: 3, 31: 4}[i]
			b.want(want == 0 || b.doubts(true) == want, "after %d signed requests %d doubts have ended", i+1, b.doubts(true))
		}
		b.want(b.doubts(true) == 4, "after 33 signed requests %d doubts have ended", b.doubts(true))
	},
}.register()

// Doubted examines a primary that hears others doubt a client.
var Doubted = script{
	name: "doubted",
	question: `What does a primary order of a client that others doubt? It hears of doubts: of one replica, twice, and of another in a third one's name. Until two replicas doubt it must go on to
order the client's requests; then those alone that are signed, also of what it has taken already, and it must show the client its key, which asks for a signature. When one of the
two says that its doubt has ended, a tag must do again, and an old doubt that comes late counts for nothing.`,
	canon:  []string{"pbft.client.faulty-clients"},
	config: func(c *pbft.Config) { c.MaxInflight = 1 },
	play: func(b *bench) {
		b.say("c", change("c", 1, nil, nil))
		b.say("d", change("d", 1, nil, nil))
		client := node.Join("x0", ClientService)
		doubt := func(host string, stamp pbft.Timestamp, ended bool) *pbft.Doubt {
			return &pbft.Doubt{Client: client, Replica: id(host), Stamp: stamp, Ended: ended}
		}
		ask := func(q *pbft.Request) { b.pass("x0", b.members[1], q) }
		ordered := func() int { return seen(b, "c", func(m *pbft.PrePrepare) bool { return len(m.Requests) > 0 }) }
		keys := func() int { return seen(b, "x0", func(m *pbft.NewKey) bool { return m.Host == b.members[1] }) }
		finish := func() {
			m, _ := last[*pbft.PrePrepare](b, "c")
			for _, h := range []string{"c", "d"} {
				b.say(h, prepare(h, m), commit(h, m))
			}
		}
		b.say("d", doubt("d", 1, false), doubt("d", 2, false), doubt("c", 3, false))
		ask(b.request())
		b.want(ordered() == 1, "one replica's doubt stops a client")
		waiting := b.request()
		ask(waiting) // while a batch is under way
		b.say("c", doubt("c", 1, false))
		finish()
		b.want(len(b.executed) == 1 && ordered() == 1, "what a doubted client did not sign is ordered, since it was here before")
		before := keys()
		ask(waiting)
		b.want(ordered() == 1 && keys() == before+1, "a doubted client that does not sign is not asked to")
		ask(b.puppets["x0"].voice.Sign(waiting))
		b.want(ordered() == 2, "a doubted client's signature is not taken")
		finish()

		b.say("d", doubt("d", 4, true))
		b.say("d", doubt("d", 3, false))
		ask(b.request())
		b.want(ordered() == 3 && len(b.executed) == 2, "a doubt has ended, and a tag is not taken")
		finish()
		b.want(len(b.executed) == 3, "%d batches are executed", len(b.executed))
	},
}.register()

// Forgiven has replicas doubt correct clients, which do not hear of their keys.
var Forgiven = register(aim{
	name: "forgiven", hosts: "4", enough: 3, sometimes: []string{"client doubted", "client forgiven"},
	question: `Is a client that was doubted without its fault forgiven? Two correct clients work while replicas replace their keys again and again. For a while nothing that
two backups say reaches the clients: their tags for those are of earlier keys. f+1 doubt them, and they must sign what they want to be ordered. No view may end for that. When
they hear of the keys again, a hundred requests of each must be enough for a moment at which no replica, the one that was restarted meanwhile included, takes their signed
requests alone: the fourth doubt of a replica, of which keys that change so often bring some, lasts for 64.`,
	canon: []string{"pbft.client.faulty-clients"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config = pbft.Config{ViewTimeout: time.Second, StatusInterval: 50 * time.Millisecond, KeyLifetime: k.Duration("keys", 150*time.Millisecond, 400*time.Millisecond)}
		t.Load.Each, t.Load.Think, t.Duration = 1000, k.Duration("think", 5*time.Millisecond, 25*time.Millisecond), 1300*time.Millisecond
		for _, to := range []string{"x0", "x1"} {
			for _, from := range []string{"c", "d"} {
				t.Plan = append(t.Plan, lines("at 100ms for 700ms loss 1 links %s -> %s", from, to)...)
			}
		}
		if k.Chance("restart", 0.5) {
			t.Plan = append(t.Plan, lines("at %v crash %s; restart after 20ms", k.Duration("when", 300*time.Millisecond, time.Second).Round(time.Millisecond), "d")...)
		}
		t.Judge = judgeForgiven
	},
})

func lines(format string, args ...any) sim.Plan {
	p, err := sim.Parse(fmt.Sprintf(format, args...))
	if err != nil {
		panic(err)
	}
	return p
}

func judgeForgiven(t *Trial) error {
	for _, note := range []string{"client doubted", "client forgiven"} {
		t.Marks.Sometimes(note, t.Notes.Counts[note] > 0)
	}
	if n := t.Notes.Counts["view change"]; n > 0 {
		return fmt.Errorf("%d replicas have asked for another view", n)
	}
	var err error
	for i := range uint64(100) {
		for _, x := range t.Cluster.Clients {
			o := x.Invoke(&rsmtest.Op{ID: Probe + 1 + i})
			if !t.Cluster.Await(func() bool { return o.Done }, probeLimit) {
				return fmt.Errorf("request %d of %s after the faults is not executed", i, x.addr)
			}
		}
		if err = allForgiven(t); err == nil {
			return nil
		}
	}
	return err
}

// allForgiven returns an error if a client is still doubted somewhere.
func allForgiven(t *Trial) error {
	for _, h := range t.Cluster.Hosts() {
		for _, x := range t.Cluster.Clients {
			if t.Cluster.Replica(h).Doubted(x.addr) {
				return fmt.Errorf("%s still takes signed requests of %s alone", h, x.addr)
			}
		}
	}
	return nil
}
