package wire

import "github.com/parleysystems/parley/kernel/wire"

// RequestVote is a small message of numbers. The tags serve both codecs that
// go by reflection.
type RequestVote struct {
	Term         uint64 `wire:"1" cbor:"1,keyasint,omitempty"`
	Candidate    string `wire:"2" cbor:"2,keyasint,omitempty"`
	LastLogIndex uint64 `wire:"3" cbor:"3,keyasint,omitempty"`
	LastLogTerm  uint64 `wire:"4" cbor:"4,keyasint,omitempty"`
}

// Entry is one command of a log.
type Entry struct {
	Term  uint64 `wire:"1" cbor:"1,keyasint,omitempty"`
	Index uint64 `wire:"2" cbor:"2,keyasint,omitempty"`
	Kind  uint8  `wire:"3" cbor:"3,keyasint,omitempty"`
	Data  []byte `wire:"4" cbor:"4,keyasint,omitempty"`
}

// AppendEntries carries a batch of them.
type AppendEntries struct {
	Term         uint64  `wire:"1" cbor:"1,keyasint,omitempty"`
	Leader       string  `wire:"2" cbor:"2,keyasint,omitempty"`
	PrevLogIndex uint64  `wire:"3" cbor:"3,keyasint,omitempty"`
	PrevLogTerm  uint64  `wire:"4" cbor:"4,keyasint,omitempty"`
	Entries      []Entry `wire:"5" cbor:"5,keyasint,omitempty"`
	LeaderCommit uint64  `wire:"6" cbor:"6,keyasint,omitempty"`
}

var (
	_ = wire.Register[RequestVote]("bench.RequestVote")
	_ = wire.Register[AppendEntries]("bench.AppendEntries")
	_ = wire.Register[HandVote]("bench.HandVote")
	_ = wire.Register[HandAppend]("bench.HandAppend")
)
