package pbfttest

import (
	"bytes"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Questions asks a replica while a write is told to its client and not decided.
var Questions = script{
	name: "questions",
	question: `From which state does a replica answer a question that is not ordered? A write is executed tentatively, so that its client may count on it; then the view
changes, and the write is taken back until it is ordered again. A question that is asked meanwhile must wait: answered from the state before, it would
deny to a quorum what the client was told. Once the write is decided in the new view the answer must come, and show it.`,
	canon:  []string{"pbft.client.matching-replies", "pbft.viewchange.committed-operations-survive"},
	config: func(c *pbft.Config) { c.Tentative = true },
	play: func(b *bench) {
		one, two := b.order(0, 1, b.requestAt(1, "k", "first")), b.order(0, 2, b.requestAt(2, "k", "second"))
		b.carry(one)
		b.say("a", two)
		b.say("c", prepare("c", two))
		b.want(b.replies(2) == 1 && len(b.executed) == 1, "a batch that is prepared is not executed tentatively")
		b.question(3, "k")
		b.want(b.replies(3) == 0, "a question is answered from a tentative state")

		p := []*pbft.Prepared{prepared(1, one.Digest, 0), prepared(2, two.Digest, 0)}
		q := []*pbft.PrePrepared{seenAt(1, one.Digest, 0), seenAt(2, two.Digest, 0)}
		b.say("c", change("c", 1, p, q))
		b.say("d", change("d", 1, p, q))
		v, active := b.replica().View()
		b.want(v == 1 && active, "the replica is in view %d, %v, and must have begun view 1", v, active)
		b.question(4, "k")
		b.want(b.replies(3) == 0 && b.replies(4) == 0, "a question is answered from before a write that its client may count on")

		for _, m := range []*pbft.PrePrepare{one, two} {
			again := *m
			again.View = 1
			b.say("c", prepare("c", &again), commit("c", &again))
			b.say("d", prepare("d", &again), commit("d", &again))
		}
		answer, _ := last[*pbft.Reply](b, "x0")
		b.want(b.replies(3) == 1 && b.replies(4) == 1, "the questions get no answer once the write is decided")
		b.want(answer != nil && bytes.Contains(answer.Result, []byte("second")), "the answer does not show the write: %+v", answer)
	},
}.register()

// NothingTentative asks a replica while a batch that does nothing is not decided.
var NothingTentative = script{
	name: "nothing-tentative",
	question: `For whose sake does a replica wait for a batch to be decided? A faulty primary orders again what is executed, or an empty batch, has it prepared and
sees to it that it is never committed. No client waits for it, so that nobody will ever ask for another view. Nothing was executed tentatively then: the replica is at
rest, and a question that is not ordered gets its answer.`,
	canon:  []string{"pbft.execute.exactly-once-timestamps", "pbft.viewchange.liveness-without-thrashing"},
	config: func(c *pbft.Config) { c.Tentative = true },
	play: func(b *bench) {
		first := b.requestAt(1, "k", "first")
		b.carry(b.order(0, 1, first))
		for i, batch := range [][]*pbft.Request{{first}, nil} {
			idle := b.order(0, pbft.SeqNo(2+i), batch...)
			b.say("a", idle)
			b.say("c", prepare("c", idle))
			b.want(b.replica().Idle(), "a replica waits for a batch that does nothing")
			asked := pbft.Timestamp(2 + i)
			b.question(asked, "k")
			answer, _ := last[*pbft.Reply](b, "x0")
			b.want(b.replies(asked) == 1 && bytes.Contains(answer.Result, []byte("first")), "a question waits for a batch that does nothing")
			b.say("d", prepare("d", idle), commit("d", idle))
			b.say("c", commit("c", idle))
		}
		b.want(len(b.executed) == 3, "%d batches are executed", len(b.executed))
	},
}.register()

// question has the client ask for the value of a key, without having that ordered.
func (b *bench) question(t pbft.Timestamp, key string) {
	op, err := wire.Marshal(&rsmtest.Get{Key: key})
	if err != nil {
		panic(err)
	}
	b.say("x0", &pbft.Request{Client: node.Join("x0", ClientService), Timestamp: t, Kind: pbft.ReadOnly, Op: op})
}
