package wire_test

import (
	"bytes"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	bench "github.com/parleysystems/parley/bench/wire"
	"github.com/parleysystems/parley/bench/wire/pb"
	"github.com/parleysystems/parley/kernel/wire"
)

const entrySize = 256

// subject is one message in the form that each codec wants.
type subject struct {
	name  string
	plain any
	hand  any
	proto proto.Message
	zero  func() any // for CBOR to decode into
}

func subjects() []subject {
	return []subject{vote(), batch(1), batch(64)}
}

func vote() subject {
	v := bench.RequestVote{Term: 1234, Candidate: "host-3/raft", LastLogIndex: 1_000_000, LastLogTerm: 1230}
	h := bench.HandVote(v)
	return subject{
		"RequestVote", &v, &h,
		&pb.RequestVote{Term: v.Term, Candidate: v.Candidate, LastLogIndex: v.LastLogIndex, LastLogTerm: v.LastLogTerm},
		func() any { return new(bench.RequestVote) },
	}
}

func batch(n int) subject {
	m := bench.AppendEntries{Term: 1234, Leader: "host-3/raft", PrevLogIndex: 1_000_000, PrevLogTerm: 1230, LeaderCommit: 999_990}
	h := bench.HandAppend{Term: m.Term, Leader: m.Leader, PrevLogIndex: m.PrevLogIndex, PrevLogTerm: m.PrevLogTerm, LeaderCommit: m.LeaderCommit}
	p := pb.AppendEntries{Term: m.Term, Leader: m.Leader, PrevLogIndex: m.PrevLogIndex, PrevLogTerm: m.PrevLogTerm, LeaderCommit: m.LeaderCommit}
	for i := range n {
		e := bench.Entry{Term: m.Term, Index: m.PrevLogIndex + 1 + uint64(i), Kind: 1, Data: bytes.Repeat([]byte{byte(i)}, entrySize)}
		m.Entries = append(m.Entries, e)
		h.Entries = append(h.Entries, bench.HandEntry(e))
		p.Entries = append(p.Entries, &pb.Entry{Term: e.Term, Index: e.Index, Kind: uint32(e.Kind), Data: e.Data})
	}
	return subject{fmt.Sprintf("AppendEntries/%d", n), &m, &h, &p, func() any { return new(bench.AppendEntries) }}
}

// TestBodiesAreWhatProtobufWrites also keeps the comparison honest: all three
// of the same format encode the same fields to the same bytes.
func TestBodiesAreWhatProtobufWrites(t *testing.T) {
	for _, s := range subjects() {
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(s.proto)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []any{s.plain, s.hand} {
			if got, err := wire.AppendBody(nil, m); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %T: %v\n%x\n%x", s.name, m, err, got, want)
			}
		}
	}
}
