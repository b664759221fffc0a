package pbfttest

import (
	"time"

	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// change is a view change of a puppet.
func change(host string, v pbft.View, p []*pbft.Prepared, q []*pbft.PrePrepared) *pbft.ViewChange {
	return &pbft.ViewChange{View: v, Prepared: p, Seen: q, Replica: id(host), Epoch: 1}
}

func prepared(n pbft.SeqNo, d pbft.Digest, v pbft.View) *pbft.Prepared {
	return &pbft.Prepared{Seq: n, Digest: d, View: v}
}

func seenAt(n pbft.SeqNo, d pbft.Digest, v pbft.View) *pbft.PrePrepared {
	return &pbft.PrePrepared{Seq: n, Digest: d, View: v}
}

// signed is a message sealed by its sender.
func (b *bench) signed(m *pbft.ViewChange) *pbft.ViewChange {
	return b.puppets[string(rune('a'+m.Replica))].voice.Seal(m).(*pbft.ViewChange)
}

// ViewChangeMessages examines a replica that is to become the primary.
var ViewChangeMessages = script{
	name: "view-change",
	question: `What does a view change carry, and what does a new primary make of a set of them? A replica with one batch executed and one prepared
gets view changes: one replica's for many views, ones with invalid proofs, then f+1. It must join then and not before, with all that it has prepared above
its checkpoint in its message. It is the new primary, and must not begin the view with a quorum among which one makes up a conflict;
with one more view change it must, keep both numbers, and fill a gap with the null batch.`,
	canon: []string{
		"pbft.viewchange.request-and-ack", "pbft.viewchange.new-view-certificate", "pbft.viewchange.committed-operations-survive",
		"pbft.viewchange.liveness-without-thrashing", "pbft.view.primary-rotation", "pbft.gc.keep-until-proven",
	},
	play: func(b *bench) {
		one, two, four := b.order(0, 1, b.request()), b.order(0, 2, b.request()), b.order(0, 4, b.request())
		b.carry(one)
		b.say("a", two)
		b.say("c", prepare("c", two))
		null := pbft.BatchDigest(nil)

		for v := range pbft.View(20) {
			b.say("c", change("c", v+1, nil, nil))
		}
		v, active := b.replica().View()
		b.want(v == 0 && active, "one replica's view changes have moved another to view %d", v)
		for _, bad := range []*pbft.ViewChange{
			{View: 1, Stable: 4, Replica: id("d")}, {View: 1, Replica: id("d"), Prepared: []*pbft.Prepared{prepared(9, null, 0)}},
			{View: 1, Replica: id("d"), Prepared: []*pbft.Prepared{prepared(1, null, 1)}},
			{View: 1, Replica: id("d"), Prepared: []*pbft.Prepared{prepared(2, null, 0), prepared(1, null, 0)}},
			{View: 1, Replica: id("a")}, {View: 1, Replica: 99},
		} {
			b.say("d", bad)
		}
		v, _ = b.replica().View()
		b.want(v == 0, "an invalid view change counts")

		conflict := b.signed(change("d", 1, []*pbft.Prepared{prepared(2, null, 0)}, []*pbft.PrePrepared{seenAt(2, null, 0)}))
		b.pass("d", b.members[1], conflict)
		v, active = b.replica().View()
		b.want(v == 1 && !active, "f+1 want another view, and this replica is in view %d, %v", v, active)
		own, found := last[*pbft.ViewChange](b, "c")
		b.want(found && len(own.Prepared) == 2 && own.Prepared[0].Digest == one.Digest && own.Prepared[1].Digest == two.Digest,
			"the view change does not tell of all that is prepared")

		seen := []*pbft.PrePrepared{seenAt(1, one.Digest, 0), seenAt(2, two.Digest, 0), seenAt(4, four.Digest, 0)}
		b.say("a", change("a", 1, []*pbft.Prepared{prepared(1, one.Digest, 0), prepared(4, four.Digest, 0)}, seen))
		_, begun := last[*pbft.NewView](b, "c")
		b.want(!begun, "the view begins although the view changes do not tell what may have committed")
		b.say("c", change("c", 30, nil, nil)) // moves on, and does not count
		_, begun = last[*pbft.NewView](b, "c")
		b.want(!begun, "a view begins with a view change for another")
	},
}.register()

// NewViewQuorum examines a new primary that has nothing to go on.
var NewViewQuorum = script{
	name: "new-view-quorum",
	question: `How many view changes does a view begin with? A replica in whose log there is nothing joins f others in view 1, whose primary it is. It must not begin the view with f+1 view changes, nor
with one that comes twice; with 2f+1 it must.`,
	canon: []string{"pbft.viewchange.committed-operations-survive", "pbft.viewchange.new-view-certificate", "pbft.quorum.overlap"},
	play: func(b *bench) {
		b.say("c", change("c", 5, nil, nil))
		b.say("d", change("d", 1, nil, nil), change("d", 1, nil, nil))
		v, active := b.replica().View()
		_, begun := last[*pbft.NewView](b, "c")
		b.want(v == 1 && !active && !begun, "with f+1 view changes the replica is in view %d (%v), and has begun it: %v", v, active, begun)
		b.say("a", change("a", 1, nil, nil))
		_, active = b.replica().View()
		_, begun = last[*pbft.NewView](b, "c")
		b.want(active && begun, "with 2f+1 view changes the view does not begin")
	},
}.register()

// NewViews examines a backup to whom a view is announced.
var NewViews = script{
	name: "new-view",
	question: `Which new views does a backup enter? The primary of view 2 announces it with an entry left out, altered or added, a wrong start, too few view changes, one twice, one
whose signature is wrong, ones for another view; another replica announces it; then it is announced as it follows from the view changes, with a number that
committed in view 0, one that nobody may have, and a conflict between two views. The last alone may be entered.`,
	canon: []string{"pbft.viewchange.new-view-certificate", "pbft.viewchange.committed-operations-survive", "pbft.view.primary-rotation"},
	play: func(b *bench) {
		one, three := b.order(0, 1, b.request()), b.order(1, 3, b.request())
		b.carry(one)
		null := pbft.BatchDigest(nil)
		p, q := prepared(1, one.Digest, 0), seenAt(1, one.Digest, 0)
		changes := []*pbft.ViewChange{
			b.signed(change("a", 2, []*pbft.Prepared{p, prepared(3, null, 0)}, []*pbft.PrePrepared{q, seenAt(3, null, 0), seenAt(3, three.Digest, 1)})),
			b.signed(change("c", 2, []*pbft.Prepared{p, prepared(3, three.Digest, 1)}, []*pbft.PrePrepared{q, seenAt(3, three.Digest, 1)})),
			b.signed(change("d", 2, nil, []*pbft.PrePrepared{seenAt(3, null, 0)})),
		}
		right := pbft.NewView{View: 2, Changes: changes, Replica: id("c"), Chosen: []*pbft.Choice{{Seq: 1, Digest: one.Digest}, {Seq: 2, Digest: null}, {Seq: 3, Digest: three.Digest}}}
		vary := func(f func(m *pbft.NewView)) *pbft.NewView {
			m := right
			m.Changes = append([]*pbft.ViewChange(nil), right.Changes...)
			m.Chosen = append([]*pbft.Choice(nil), right.Chosen...)
			f(&m)
			return &m
		}
		unsigned := *changes[0]
		unsigned.Prepared = nil
		for i, m := range []*pbft.NewView{
			vary(func(m *pbft.NewView) { m.Chosen = m.Chosen[:2] }),
			vary(func(m *pbft.NewView) { m.Chosen = nil }),
			vary(func(m *pbft.NewView) { m.Chosen[0] = &pbft.Choice{Seq: 1, Digest: null} }),
			vary(func(m *pbft.NewView) { m.Chosen[2] = &pbft.Choice{Seq: 3, Digest: null} }),
			vary(func(m *pbft.NewView) { m.Chosen = append(m.Chosen, &pbft.Choice{Seq: 4, Digest: null}) }),
			vary(func(m *pbft.NewView) { m.Start = 1; m.Chosen = m.Chosen[1:] }),
			vary(func(m *pbft.NewView) { m.Changes = m.Changes[:2] }),
			vary(func(m *pbft.NewView) { m.Changes[2] = m.Changes[0] }),
			vary(func(m *pbft.NewView) { m.Changes[0] = &unsigned; m.Chosen = m.Chosen[:3] }),
			vary(func(m *pbft.NewView) { m.Changes[2] = b.signed(change("d", 1, nil, nil)) }),
			vary(func(m *pbft.NewView) { m.View = 6 }),
			vary(func(m *pbft.NewView) { m.View = 3; m.Replica = id("c") }),
			vary(func(m *pbft.NewView) { m.Replica = id("d") }),
		} {
			b.say("c", m)
			v, _ := b.replica().View()
			b.want(v == 0, "variant %d of a new view is entered", i)
		}
		b.say("d", &right)
		v, _ := b.replica().View()
		b.want(v == 0, "a new view is entered that its primary has not signed")
		b.say("c", &right)
		v, active := b.replica().View()
		b.want(v == 2 && active, "a right new view is not entered")
		b.want(b.prepares(1) == 2 && b.prepares(2) == 1, "what was chosen is not prepared again: %d, %d", b.prepares(1), b.prepares(2))
		fetched := seen(b, "c", func(m *pbft.Fetch) bool { return m.Digest == three.Digest })
		b.want(fetched > 0, "the requests of what was chosen are not fetched")
		b.pass("c", b.members[1], &pbft.Batch{Requests: one.Requests}, &pbft.Batch{Requests: three.Requests})
		b.want(b.prepares(3) == 1, "what was fetched is not prepared")
	},
}.register()

// Patience measures how long a replica waits for one new view after another.
var Patience = script{
	name: "patience",
	question: `How long does a replica wait for a new view? All primaries are dead, and the others follow. Each wait must be twice the one before; a replica
alone that wants another view changes nothing; and a replica that lags or hears nobody does not accuse its primary.`,
	canon:  []string{"pbft.viewchange.liveness-without-thrashing", "pbft.viewchange.request-and-ack", "pbft.primary.policed-by-backups"},
	config: func(c *pbft.Config) { c.ViewTimeout, c.StatusInterval = 100*time.Millisecond, 20*time.Millisecond },
	play: func(b *bench) {
		q := b.puppets["x0"].voice.Sign(b.request())
		b.say("x0", q)
		b.run(400 * time.Millisecond)
		v, _ := b.replica().View()
		b.want(v == 0, "a replica that hears nobody accuses its primary")
		begin := b.world.Now()
		for b.world.Now()-begin < 250*time.Millisecond {
			b.statuses()
		}
		v, _ = b.replica().View()
		b.want(v == 1, "a request is not ordered, and after two and a half timeouts the view is %d", v)
		var waits []time.Duration
		for v := pbft.View(2); v < 6; v++ {
			if v%4 == 1 {
				continue
			}
			b.say("c", change("c", v, nil, nil))
			b.say("d", change("d", v, nil, nil))
			begin := b.world.Now()
			b.world.RunUntil(func() bool { now, _ := b.replica().View(); return now != v }, 10*time.Second)
			waits = append(waits, b.world.Now()-begin)
		}
		for i := 1; i < len(waits); i++ {
			b.want(waits[i] > waits[i-1]*3/2, "the waits are %v", waits)
		}
	},
}.register()

// FreshView begins a view just before its wait is over.
var FreshView = script{
	name: "fresh-view",
	question: `Has a new primary the whole of a timeout? A replica waits for a request, and view 2 begins just before it would have given up its primary. The view before it began slowly, which is
not its fault: the replica must wait for the request anew, as long as for view 2 itself, and then give it up, too.`,
	canon:  []string{"pbft.viewchange.liveness-without-thrashing"},
	config: func(c *pbft.Config) { c.ViewTimeout, c.StatusInterval = 100*time.Millisecond, 20*time.Millisecond },
	play: func(b *bench) {
		b.say("x0", b.puppets["x0"].voice.Sign(b.request()))
		changes := []*pbft.ViewChange{b.signed(change("a", 2, nil, nil)), b.signed(change("c", 2, nil, nil)), b.signed(change("d", 2, nil, nil))}
		b.pass("c", b.members[1], changes[1])
		b.pass("d", b.members[1], changes[2])
		v, active := b.replica().View()
		b.want(v == 2 && !active, "f+1 want view 2, and the replica is in view %d, %v", v, active)
		b.run(170 * time.Millisecond) // of 200, after one view change
		b.say("c", &pbft.NewView{View: 2, Changes: changes, Replica: id("c")})
		wait := func(d time.Duration) {
			for begin := b.world.Now(); b.world.Now()-begin < d; {
				for _, h := range []string{"a", "c", "d"} {
					b.say(h, &pbft.Status{View: 2, Active: true, Replica: id(h)})
				}
			}
		}
		wait(150 * time.Millisecond)
		v, active = b.replica().View()
		b.want(v == 2 && active, "view 2 had 150 ms of 200, and the replica is in view %d, %v", v, active)
		wait(150 * time.Millisecond)
		v, _ = b.replica().View()
		b.want(v == 3, "view 2 had 300 ms of 200, and the replica is in view %d", v)
	},
}.register()

// statuses has the others say that they live, and are no further.
func (b *bench) statuses() {
	for _, h := range []string{"a", "c", "d"} {
		b.say(h, &pbft.Status{Active: true, Replica: id(h)})
	}
	b.run(5 * time.Millisecond)
}

// Checkpoints examines when a checkpoint is stable, and what goes then.
var Checkpoints = script{
	name: "checkpoint",
	question: `When may a replica forget? After number 4 it takes a checkpoint. Its own word does not make that stable, nor the word of f others, nor 2f+1 words of which
one is another's digest, a signer's second or a forgery; until then a view change must tell of everything. With 2f+1 matching ones of
different signers the water marks move and the log shrinks to nothing.`,
	canon: []string{"pbft.gc.stable-checkpoint", "pbft.gc.keep-until-proven", "pbft.quorum.certificate"},
	play: func(b *bench) {
		for n := range pbft.SeqNo(4) {
			b.carry(b.order(0, n+1, b.request()))
		}
		b.run(5 * time.Millisecond)
		own, found := last[*pbft.Checkpoint](b, "c")
		b.want(found && own.Seq == 4, "no checkpoint after number 4")
		if !found {
			return
		}
		full := b.replica().LogSize()
		vote := func(by, named string, flip byte) {
			m := *own
			m.Replica, m.Digest[0] = id(named), m.Digest[0]^flip
			b.say(by, &m)
		}
		vote("c", "c", 0)
		vote("c", "c", 0)
		vote("c", "d", 0)
		vote("d", "d", 1)
		low, _ := b.replica().Marks()
		b.want(low == 0, "a checkpoint is stable on the word of two")
		b.want(b.replica().LogSize() >= full, "something is forgotten that is not proven")
		vote("a", "a", 0)
		b.run(5 * time.Millisecond)
		low, high := b.replica().Marks()
		b.want(low == 4 && high == 12, "with 2f+1 votes the water marks are %d and %d", low, high)
		b.want(b.replica().LogSize() == 0, "%d things are kept below the low water mark", b.replica().LogSize())
		b.carry(b.order(0, 12, b.request()))
		b.want(b.prepares(12) == 1, "a number within the new marks is not taken")
	},
}.register()
