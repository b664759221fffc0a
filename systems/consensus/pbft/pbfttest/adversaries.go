package pbfttest

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// The library. Each adversary controls one replica; those that need accomplices agree
// with them by what they do to whom, without a word.
var (
	// Silent says nothing.
	Silent = Adversary{Name: "silent", Send: func(*Liar, node.Addr, node.Message) {}}

	// Selective speaks to the even replicas only.
	Selective = Adversary{Name: "selective", Send: func(l *Liar, to node.Addr, m node.Message) {
		if l.number(to)%2 == 0 {
			l.Pass(to, m)
		}
	}}

	// Lying gives clients results of its own.
	Lying = Adversary{Name: "lying", Send: func(l *Liar, to node.Addr, m node.Message) {
		if r, ok := m.(*pbft.Reply); ok {
			l.Say(to, lie(r))
			return
		}
		l.Pass(to, m)
	}}

	// Equivocating tells the odd replicas another story than the even ones, at each
	// step: as a primary it gives one number to two batches, and then stands by both.
	Equivocating = Adversary{Name: "equivocating", Send: equivocate}

	// Contradicting tells everybody both stories, as a primary.
	Contradicting = Adversary{Name: "contradicting", Send: func(l *Liar, to node.Addr, m node.Message) {
		l.Pass(to, m)
		if _, ok := m.(*pbft.PrePrepare); ok {
			l.otherStory(to, m)
		}
	}}

	// Replaying sends old messages again, its own and others', to everybody.
	Replaying = Adversary{Name: "replaying", Send: replay, Receive: remember}

	// Spamming asks for view changes all the time, and makes up what it prepared.
	Spamming = Adversary{Name: "spamming", Send: spam}

	// Forging speaks in others' names, with the keys that it has.
	Forging = Adversary{Name: "forging", Send: forge}

	// Flooding sends votes for numbers far beyond the water marks, and malformed
	// messages.
	Flooding = Adversary{Name: "flooding", Send: flood}

	// Misleading tells wrong digests of its state, and wrong parts of it.
	Misleading = Adversary{Name: "misleading", Send: mislead}

	// Starving ignores requests of the first client, and orders all others.
	Starving = Adversary{Name: "starving", Receive: func(l *Liar, _ node.Addr, m node.Message) bool {
		r, ok := m.(*pbft.Request)
		return !ok || r.Client != node.Join("x0", ClientService)
	}}
)

// Library is all of them.
var Library = []Adversary{
	Silent, Selective, Lying, Equivocating, Contradicting, Replaying, Spamming, Forging, Flooding, Misleading, Starving,
}

// theLie is what they say, and writeOp an operation that has another result.
var (
	theLie  = Encode(&rsmtest.Got{Value: "a lie", Done: true})
	writeOp = rsmtest.Op{ID: Probe + 1, Verb: 2, Key: "k", Value: "v"}
)

// lie is the same wrong result from all who lie: colluding liars agree.
func lie(r *pbft.Reply) *pbft.Reply {
	c := *r
	c.Result, c.Whole, c.Tentative = theLie, true, false
	return &c
}

// equivocate gives odd replicas the other story: the null batch.
func equivocate(l *Liar, to node.Addr, m node.Message) {
	if l.number(to)%2 == 0 {
		l.Pass(to, m)
		return
	}
	l.otherStory(to, m)
}

// otherStory has the null batch wherever a message speaks of a batch.
func (l *Liar) otherStory(to node.Addr, m node.Message) {
	switch m := m.(type) {
	case *pbft.PrePrepare:
		other := *m
		other.Requests, other.Digest = nil, pbft.BatchDigest(nil)
		l.Say(to, &other)
	case *pbft.Prepare:
		other := *m
		other.Digest = pbft.BatchDigest(nil)
		l.Say(to, &other)
		l.Say(to, &pbft.Commit{View: m.View, Seq: m.Seq, Digest: other.Digest, Replica: m.Replica})
	case *pbft.Commit:
		other := *m
		other.Digest = pbft.BatchDigest(nil)
		l.Say(to, &other)
	default:
		l.Pass(to, m)
	}
}

const memory = 64

func remember(l *Liar, _ node.Addr, m node.Message) bool {
	l.keep(sent{m: m})
	return true
}

func (l *Liar) keep(s sent) {
	if len(l.memory) < memory {
		l.memory = append(l.memory, s)
		return
	}
	l.memory[l.count%memory] = s
}

// replay sends with each message an old one, to each replica in turn.
func replay(l *Liar, to node.Addr, m node.Message) {
	l.Pass(to, m)
	l.count++
	if l.count%3 == 0 && len(l.memory) > 0 {
		old := l.memory[l.count/3%len(l.memory)]
		l.Pass(l.cluster.members[l.count/5%len(l.cluster.members)], old.m)
	}
	l.keep(sent{to, m})
}

// spam claims, in view changes for ever higher views, to have prepared null batches at
// numbers that it never saw.
func spam(l *Liar, to node.Addr, m node.Message) {
	l.Pass(to, m)
	if _, ok := m.(*pbft.Status); !ok {
		return
	}
	l.count++
	v, _ := l.View()
	low, _ := l.Marks()
	change := &pbft.ViewChange{View: v + pbft.View(l.count%7) + 1, Replica: pbft.ReplicaID(l.number(l.env.Self())), Epoch: uint64(l.count) << 8}
	if low == 0 {
		null := pbft.BatchDigest(nil)
		change.Prepared = []*pbft.Prepared{{Seq: 1, Digest: null, View: v}, {Seq: 3, Digest: null, View: v}}
		change.Seen = []*pbft.PrePrepared{{Seq: 1, Digest: null, View: v}}
	}
	l.Say(to, change)
}

// forge adds to each vote the same vote of everybody else, for the null batch.
func forge(l *Liar, to node.Addr, m node.Message) {
	l.Pass(to, m)
	null := pbft.BatchDigest(nil)
	for id := range l.cluster.members {
		switch m := m.(type) {
		case *pbft.Prepare:
			l.Say(to, &pbft.Prepare{View: m.View, Seq: m.Seq, Digest: null, Replica: pbft.ReplicaID(id)})
			l.Say(to, &pbft.Commit{View: m.View, Seq: m.Seq, Digest: null, Replica: pbft.ReplicaID(id)})
			l.Say(to, &pbft.PrePrepare{View: m.View, Seq: m.Seq, Digest: null, Replica: pbft.ReplicaID(id)})
		case *pbft.Status:
			l.Say(to, &pbft.Decided{Seq: m.Executed + 1, Digest: null, Replica: pbft.ReplicaID(id)})
		case *pbft.Reply:
			r := *lie(m)
			r.Replica = pbft.ReplicaID(id)
			l.Say(to, &r)
		}
	}
}

// flood sends what no correct replica would.
func flood(l *Liar, to node.Addr, m node.Message) {
	l.Pass(to, m)
	if _, ok := m.(*pbft.Status); !ok || l.number(to) < 0 {
		return
	}
	me := pbft.ReplicaID(l.number(l.env.Self()))
	v, _ := l.View()
	for i := range 40 {
		n := pbft.SeqNo(1) << (i + 8)
		l.Say(to, &pbft.Commit{View: v, Seq: n, Replica: me})
		l.Say(to, &pbft.Prepare{View: v, Seq: n, Replica: me})
		l.Say(to, &pbft.Decided{Seq: n, Replica: me})
		l.Say(to, &pbft.Checkpoint{Seq: n, Replica: me})
	}
	l.Say(to, &pbft.PrePrepare{View: v, Seq: ^pbft.SeqNo(0), Replica: me, Requests: []*pbft.Request{{}}})
	l.Pass(to, &pbft.Proof{Checkpoints: []*pbft.Checkpoint{{Seq: 1 << 40, Replica: 200}}})
	l.Pass(to, &pbft.NewView{View: v + 1, Replica: 255, Changes: []*pbft.ViewChange{{}}})
	l.Pass(to, &pbft.Part{Level: 255, Data: []byte{1}})
	l.Pass(to, &pbft.Batch{Requests: []*pbft.Request{{Client: "x/y"}}})
}

// mislead lies about the state.
func mislead(l *Liar, to node.Addr, m node.Message) {
	switch m := m.(type) {
	case *pbft.Checkpoint:
		wrong := *m
		wrong.Digest[0] ^= 1
		l.Say(to, &wrong)
	case *pbft.Part:
		wrong := *m
		wrong.Data = append([]byte(nil), m.Data...)
		if len(wrong.Data) > 0 {
			wrong.Data[len(wrong.Data)-1] ^= 1
		}
		l.Pass(to, &wrong)
	default:
		l.Pass(to, m)
	}
}
