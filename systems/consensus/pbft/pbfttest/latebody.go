package pbfttest

import "github.com/parleysystems/parley/systems/consensus/pbft"

// LateBody brings the requests of a batch when its view is over.
var LateBody = script{
	name: "late-body",
	question: `To which view does a batch belong whose requests come late? A new view has a batch that this replica never saw, and the others have prepared it. Before the requests
arrive, the replica asks for the view after that: it has left the one, and the other has not begun. It may not say in that other view, nor note for later ones, that it has accepted
or prepared what was ordered in the one before. When the view begins and has chosen the batch, it asks for the requests, and takes part.`,
	canon: []string{"pbft.prepare.agreement-within-view", "pbft.viewchange.new-view-certificate", "pbft.viewchange.committed-operations-survive"},
	play: func(b *bench) {
		one := b.order(0, 1, b.requestAt(1, "k", "first"))
		chosen := []*pbft.Choice{{Seq: 1, Digest: one.Digest}}
		past := func(host string, v pbft.View) *pbft.ViewChange {
			return b.signed(change(host, v, []*pbft.Prepared{prepared(1, one.Digest, v-2)}, []*pbft.PrePrepared{seenAt(1, one.Digest, v-2)}))
		}
		begin := func(primary string, v pbft.View) {
			b.say(primary, &pbft.NewView{View: v, Replica: id(primary), Chosen: chosen, Changes: []*pbft.ViewChange{past("a", v), past("c", v), past("d", v)}})
			now, active := b.replica().View()
			b.want(now == v && active, "the replica is in view %d, %v, and must have begun view %d", now, active, v)
		}
		begin("c", 2)
		again := *one
		again.View = 2
		b.say("a", prepare("a", &again))
		b.say("d", prepare("d", &again))
		b.want(b.prepares(1) == 0, "a batch is prepared without its requests")

		b.say("a", past("a", 3))
		b.say("c", past("c", 3))
		now, active := b.replica().View()
		b.want(now == 3 && !active, "the replica is in view %d, %v, and must ask for view 3", now, active)
		b.pass("c", b.members[1], &pbft.Batch{Requests: one.Requests})
		b.want(b.prepares(1) == 0 && b.commits(1) == 0, "what was ordered in a view that is over is prepared in one that has not begun")

		begin("d", 3)
		b.pass("c", b.members[1], &pbft.Batch{Requests: one.Requests})
		b.want(b.prepares(1) == 1, "a batch whose requests came is prepared %d times in its view", b.prepares(1))
	},
}.register()
