package relay

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Epoch numbers the arrangements of a row: a view of primary-backup, a
// configuration of a chain. They rise.
type Epoch uint64

// Entry is one place of a history; its index follows from where it stands.
type Entry struct {
	Epoch Epoch  `wire:"1"` // in which it was ordered
	Data  []byte `wire:"2"`
}

// size is what an entry counts for in limits, in bytes.
func (e *Entry) size() int64 { return int64(len(e.Data)) + 32 }

// Update carries entries to the replica behind.
type Update struct {
	Epoch   Epoch     `wire:"1"`
	First   rsm.Index `wire:"2"` // of Entries
	Before  Epoch     `wire:"3"` // of the entry before First
	Commit  rsm.Index `wire:"4"` // what the sender knows to be committed
	Round   uint64    `wire:"5"` // comes back in Held
	Entries []Entry   `wire:"6"`
}

// Held answers Update: the sender's history is durable up to Last and a beginning
// of the other's.
type Held struct {
	Epoch  Epoch     `wire:"1"`
	Last   rsm.Index `wire:"2"`
	Commit rsm.Index `wire:"3"`
	Round  uint64    `wire:"4"`
}

// Missing answers an Update that does not fit: it tells where the sender's
// history ends and what of it is surely in the other's.
type Missing struct {
	Epoch     Epoch     `wire:"1"`
	Last      rsm.Index `wire:"2"`
	LastEpoch Epoch     `wire:"3"`
	Commit    rsm.Index `wire:"4"`
}

// Fetch says that a checkpoint has taken the place of what is missing.
type Fetch struct {
	Epoch Epoch `wire:"1"`
}

func init() {
	wire.Register[Update]("relay.Update")
	wire.Register[Held]("relay.Held")
	wire.Register[Missing]("relay.Missing")
	wire.Register[Fetch]("relay.Fetch")
}
