package pbft

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// blank is a replica before its start, as far as reading back goes.
func blank() *PBFT {
	r := newPBFT(Config{Members: []node.Addr{"a/r", "b/r", "c/r", "d/r"}}, nil)
	r.group = newGroup(r.cfg.Members, "b/r")
	r.slots, r.prepared, r.seen = map[SeqNo]*slot{}, map[SeqNo]*Prepared{}, map[SeqNo][]*PrePrepared{}
	r.bodies = map[Digest]*body{}
	r.clients = newClients(4)
	r.journal = journal{first: map[SeqNo]node.LSN{}, keys: map[node.Addr][]byte{}}
	return r
}

// FuzzReplayRecord reads two records back, whatever they are, and rebuilds what they
// tell of: an error or a state, never a panic.
func FuzzReplayRecord(f *testing.F) {
	batch, _ := wire.AppendBody(nil, &Batch{Requests: []*Request{{Client: "x/y", Timestamp: 3, Op: []byte("op")}}})
	view, _ := wire.AppendBody(nil, &NewView{View: 5, Chosen: []*Choice{{Seq: 1}}})
	digest := make([]byte, 32)
	f.Add(append([]byte{recordAccept, 5, 1}, append(digest, batch...)...), append([]byte{recordPrepared, 5, 1}, digest...))
	f.Add(append([]byte{recordNewView}, view...), []byte{recordView, 6, 0})
	f.Add(append([]byte{recordBody, 2}, batch...), []byte{recordDecided, 2})
	f.Add([]byte{recordKey, 3, 'a', '/', 'b', 1}, []byte{recordEpoch, 200, 1})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := blank()
		if r.replayRecord(1, first) == nil && r.replayRecord(2, second) == nil && len(r.slots) < 1000 {
			r.rebuild()
		}
	})
}

// FuzzClients reads a table of clients: what is accepted is what would be written.
func FuzzClients(f *testing.F) {
	c := newClients(4)
	c.last["x/y"] = &executed{timestamp: 7, result: []byte("r")}
	f.Add(c.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeClients(b, 4)
		if err != nil {
			return
		}
		again, err := decodeClients(c.encode(), 4)
		if err != nil || len(again.last) != len(c.last) {
			t.Fatalf("a table of %d clients comes back as %v, %v", len(c.last), again, err)
		}
	})
}
