package pbfttest

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// FuzzMessages sends a replica and a client whatever a liar can say: messages decoded
// from any bytes, as they are or with the liar's tags and signatures. Afterwards the
// replica must still execute a batch. (If the liar is the primary of its view it need
// not be in that any more.)
func FuzzMessages(f *testing.F) {
	d := pbft.BatchDigest(nil)
	change := &pbft.ViewChange{View: 2, Stable: 4, Proof: []*pbft.Checkpoint{{Seq: 4}}, Prepared: []*pbft.Prepared{{Seq: 5, Digest: d}}, Seen: []*pbft.PrePrepared{{Seq: 5, Digest: d}}}
	for _, m := range []node.Message{
		&pbft.Request{Client: "x0/client", Timestamp: 9, Op: []byte("?")}, &pbft.PrePrepare{Seq: 1, Digest: d, Requests: []*pbft.Request{{Client: "x0/client"}}},
		&pbft.Prepare{Seq: 1, Digest: d, Replica: 3}, &pbft.Commit{Seq: 1, Digest: d, Replica: 3}, &pbft.Reply{Timestamp: 1, Client: "x1/client", Replica: 3, Whole: true},
		&pbft.Checkpoint{Seq: 4, Replica: 3}, &pbft.Proof{Checkpoints: []*pbft.Checkpoint{{Seq: 4}, {Seq: 4}, {Seq: 4}}}, change,
		&pbft.NewView{View: 2, Changes: []*pbft.ViewChange{change, change, change}, Chosen: []*pbft.Choice{{Seq: 5}}, Replica: 2}, &pbft.Status{View: 1, Stable: 1 << 60, Executed: 1 << 61, Replica: 3},
		&pbft.Decided{Seq: 1, Replica: 3}, &pbft.Fetch{Digest: d}, &pbft.Batch{Requests: []*pbft.Request{{}}}, &pbft.GetPart{Seq: 0, Level: 255}, &pbft.Part{Level: 255, Data: make([]byte, 41)},
		&pbft.Doubt{Client: "x0/client", Replica: 3}, &pbft.Introduce{Host: "d/pbft", Public: make([]byte, 32)}, &pbft.NewKey{Host: "d/pbft", Epoch: 1 << 62, Session: make([]byte, 32)},
	} {
		b, err := wire.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, b, true)
		f.Add(b, b, false)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, seal bool) {
		b := newBench(1, experiment.Options{}, benchConfig)
		defer b.world.Close()
		for _, bytes := range [][]byte{first, second} {
			m, err := wire.Unmarshal(bytes)
			if err != nil {
				continue
			}
			if seal {
				m = b.puppets["d"].voice.Seal(m)
			}
			b.pass("d", b.members[1], m)
			b.pass("d", b.client.addr, m)
		}
		b.carry(b.order(0, 1, b.request()))
		if len(b.executed) != 1 {
			t.Fatalf("%x and %x keep a replica from executing", first, second)
		}
	})
}
