package quorum

import (
	"cmp"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Stamp orders the versions of a key: by number, then by who wrote, then by the
// writer's own count. No two writes have the same.
type Stamp struct {
	Number uint64    `wire:"1"`
	Writer node.Addr `wire:"2"`
	Turn   uint64    `wire:"3"`
}

// Before tells whether s is earlier than t.
func (s Stamp) Before(t Stamp) bool {
	return cmp.Or(cmp.Compare(s.Number, t.Number), cmp.Compare(s.Writer, t.Writer), cmp.Compare(s.Turn, t.Turn)) < 0
}

// Get asks for the latest version of a key.
type Get struct {
	Request uint64 `wire:"1"`
	Key     string `wire:"2"`
}

// Version answers a Get. A key that nobody wrote has the zero stamp and value "".
type Version struct {
	Request uint64 `wire:"1"`
	Stamp   Stamp  `wire:"2"`
	Value   string `wire:"3"`
}

// Put asks to keep a version, if it is later than what is there.
type Put struct {
	Request uint64 `wire:"1"`
	Key     string `wire:"2"`
	Stamp   Stamp  `wire:"3"`
	Value   string `wire:"4"`
}

// Stored answers a Put: that version, or a later one, is on disk.
type Stored struct {
	Request uint64 `wire:"1"`
}

var (
	_ = wire.Register[Get]("quorum.Get")
	_ = wire.Register[Version]("quorum.Version")
	_ = wire.Register[Put]("quorum.Put")
	_ = wire.Register[Stored]("quorum.Stored")
)
