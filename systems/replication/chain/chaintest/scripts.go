package chaintest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// OneWrite follows a write down the chain and its acknowledgement back up.
var OneWrite = script{
	name: "one-write",
	text: `Which replicas have a dirty version of an object, and when? One write on a chain of five, ten milliseconds
from replica to replica: the object becomes dirty at the head, then at one more replica after the other; at the tail
it never is; from there it becomes clean again, up to the head. At rest every replica has one version of everything.`,
	canon: []string{"craq.versions.dirty-until-acked", "chain.write.head-to-tail"},
	play: func(g *stage) {
		g.written("x", "old")
		g.run(time.Second)
		o := g.write("x", "new")
		var seen []string
		g.until("the write is acknowledged and all is clean", func() bool {
			if now := g.dirty(); len(seen) == 0 || seen[len(seen)-1] != now {
				seen = append(seen, now)
			}
			return o.Done && g.dirty() == ""
		})
		want := []string{"a", "ab", "abc", "abcd", "abcde", "abcd", "abc", "ab", "a", ""}
		for i, at := range want {
			if g.err == nil && (i >= len(seen) || seen[i] != at) {
				g.fail("replicas with a dirty version were, one after the other, %q, and should have been %q", seen, want)
			}
		}
		for _, h := range g.t.Cluster.Hosts() {
			if _, n := g.replica(h).Dirty(); g.err == nil && n > 0 {
				g.fail("at rest %s has %d versions that are not clean", h, n)
			}
		}
	},
}.register()

// VersionQuery reads while a write is long under way.
var VersionQuery = script{
	name: "version-query",
	text: `What does a read of a dirty object cost, and what does it return? The tail has committed a write, and its
acknowledgement does not get beyond the third of five replicas. The first two have a dirty version. A read there asks
the tail for a number, with one small message, and returns what they have under that number: the new value, a round
trip later. A read of another object, and any read of clean objects, costs no message. While the tail has not got the
write, the same read returns the old value.`,
	canon: []string{"craq.read.version-query-to-tail", "craq.read.any-replica"},
	play: func(g *stage) {
		g.written("x", "old")
		g.written("y", "other")
		g.run(time.Second)
		down := g.world().Cut(sim.OneWay([]string{"c"}, []string{"d"}))
		g.write("x", "lost on the way")
		g.run(4 * oneWay)
		g.returns("b", "x", "old", 2*oneWay, 1)
		g.returns("b", "y", "other", 0, 0)
		down()
		g.run(16 * time.Second) // it is sent again
		up := g.world().Cut(sim.OneWay([]string{"c"}, []string{"b"}))
		g.write("x", "new")
		g.run(6 * oneWay)
		g.returns("b", "x", "new", 2*oneWay, 1)
		g.returns("b", "x", "new", 0, 0) // the answer has made it clean
		g.returns("a", "y", "other", 0, 0)
		g.returns("a", "x", "new", 2*oneWay, 1)
		up()
	},
}.register()

// returns demands that a read gives a value within a time and for so many queries.
func (g *stage) returns(host, key, value string, within time.Duration, queries int) {
	if g.err != nil {
		return
	}
	before := g.sent("chain.Query")
	x := g.read(host, key, strong(key))
	g.run(within + time.Millisecond)
	switch asked := g.sent("chain.Query") - before; {
	case g.err != nil:
	case !x.done || x.err != nil:
		g.fail("%s does not answer a read of %s within %v: %v", host, key, within, x.err)
	case x.value != value:
		g.fail("%s answers a read of %s with %q, want %q", host, key, x.value, value)
	case asked != queries:
		g.fail("%s sent %d queries for a read of %s, want %d", host, asked, key, queries)
	}
}

// Weaker shows the weaker reads of a replica that is cut off.
var Weaker = script{
	name: "weaker-reads",
	text: `What do reads return that ask for less? A replica is cut off, and a write is committed without it. A read
of any state returns the old value, however long ago that was. One that may be half a second old does so for half a
second and then fails. A strong one fails once the lease is over. A replica that knows of a version of the object that
it may not show yet asks the tail if one such version is too many.`,
	canon: []string{"craq.read.any-replica"},
	play: func(g *stage) {
		g.written("x", "old")
		g.run(time.Second)
		up := g.world().Cut(sim.OneWay([]string{"c"}, []string{"b"}))
		g.write("x", "new")
		g.run(6 * oneWay)
		g.bounded("b", chain.Bound{Versions: 1}, "old", true)
		g.bounded("a", chain.Bound{}, "old", true)
		g.write("x", "newer")
		g.run(6 * oneWay)
		g.bounded("b", chain.Bound{Versions: 1}, "newer", true)
		up()
		g.run(16 * time.Second)
		heal := g.world().Cut(sim.Isolate("c"))
		g.until("another chain", func() bool { return len(g.replica("a").Configuration().Chain) == 4 })
		g.written("x", "newest")
		g.bounded("c", chain.Bound{}, "newer", true)
		g.bounded("c", chain.Bound{Age: 500 * time.Millisecond}, "", false)
		g.bounded("d", chain.Bound{Age: 500 * time.Millisecond}, "newest", true)
		x := g.read("c", "x", strong("x"))
		g.run(500 * time.Millisecond)
		if g.err == nil && x.done && x.err == nil {
			g.fail("a replica that was removed answers a strong read with %q", x.value)
		}
		heal()
	},
}.register()

// bounded reads x within a bound.
func (g *stage) bounded(host string, b chain.Bound, value string, answered bool) {
	if g.err != nil {
		return
	}
	x := g.read(host, "x", func(r *rsm.Replica, done func(error)) {
		r.Engine().(*chain.Replica).BarrierWithin(b, "x", done)
	})
	g.run(100 * time.Millisecond)
	if got := x.done && x.err == nil; g.err == nil && (got != answered || got && x.value != value) {
		g.fail("%s answers a read within %+v: %v, with %q and %v; want %v with %q", host, b, got, x.value, x.err, answered, value)
	}
}
