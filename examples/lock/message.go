package main

import "github.com/parleysystems/parley/kernel/wire"

// Acquire asks for the lock, and Granted is the answer to who has it. Release
// gives it back, and Released says that it is. Attempt numbers what a client
// does with the lock, from one time to the next.
type (
	Acquire struct {
		Attempt uint64 `wire:"1"`
	}
	Granted struct{}
	Release struct {
		Attempt uint64 `wire:"1"`
	}
	Released struct{}
)

var (
	_ = wire.Register[Acquire]("lock.Acquire")
	_ = wire.Register[Granted]("lock.Granted")
	_ = wire.Register[Release]("lock.Release")
	_ = wire.Register[Released]("lock.Released")
)
