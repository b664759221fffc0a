// Package wire encodes plain structs: messages between nodes, records of logs,
// commands of state machines. One value has one encoding, so bytes can be
// hashed, signed and compared.
//
//	type Vote struct {
//		Term    Term `wire:"1"`
//		Granted bool `wire:"2"`
//	}
//
//	var _ = wire.Register[Vote]("raft.Vote")
//
//	b, err := wire.Marshal(&Vote{Term: 3})
//	m, err := wire.Unmarshal(b) // a *Vote
package wire
