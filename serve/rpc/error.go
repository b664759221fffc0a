package rpc

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Error is a call that did not end well.
type Error struct {
	Address, Method string
	Number          uint64
	Status          rpc.Status // 0 if there was no result
	Text            string
	// Sent is how many requests were handed to connections, each of which carries
	// what it is handed once at most.
	Sent int
	Err  error // why there was no result
}

func (e *Error) Error() string {
	s := fmt.Sprintf("rpc: call %s of %s, number %d", e.Method, e.Address, e.Number)
	switch {
	case e.Err == nil:
		return fmt.Sprintf("%s: %v: %s", s, e.Status, e.Text)
	case e.Sent > 0:
		return fmt.Sprintf("%s: %v; it may have run", s, e.Err)
	}
	return fmt.Sprintf("%s: %v; it did not run", s, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// SurelyNot tells whether the procedure did not run and never will (I2).
func (e *Error) SurelyNot() bool {
	if e.Err != nil || e.Sent > 1 {
		return e.Sent == 0
	}
	return e.Status == rpc.NoMethod || e.Status == rpc.BadArguments || e.Status == rpc.Overloaded
}

// ErrClosed says that the client is closed.
var ErrClosed = errors.New("client is closed")
