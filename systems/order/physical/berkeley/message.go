package berkeley

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

// Poll asks for a reading.
type Poll struct {
	Round uint64    `wire:"1"`
	T1    time.Time `wire:"2"`
}

// Reading answers a Poll.
type Reading struct {
	Round uint64    `wire:"1"`
	T1    time.Time `wire:"2"`
	T2    time.Time `wire:"3"`
	T3    time.Time `wire:"4"`
}

// Adjust ends a round. By is the correction. Average is the absolute time, for
// Config.Absolute only.
type Adjust struct {
	Round   uint64        `wire:"1"`
	By      time.Duration `wire:"2"`
	Average time.Time     `wire:"3"`
}

var (
	_ = wire.Register[Poll]("berkeley.Poll")
	_ = wire.Register[Reading]("berkeley.Reading")
	_ = wire.Register[Adjust]("berkeley.Adjust")
)
