package rsm

import (
	"errors"
	"fmt"
)

// The errors of this package tell whether a command may have been executed;
// SurelyNot sorts them.
var (
	// ErrUnknown: no outcome was learnt in time, or it was lost when this
	// replica was brought up to date by a snapshot. The command may have been
	// executed or, for a while still, be executed; once at most.
	ErrUnknown = errors.New("outcome unknown")

	// ErrBusy: too much is outstanding already. Surely not executed.
	ErrBusy = errors.New("too many requests outstanding")

	// ErrNoLeader: no leader was found in time. Surely not executed.
	ErrNoLeader = errors.New("no leader")

	// ErrNotLeader: only the leader does this. Surely not executed.
	ErrNotLeader = errors.New("not the leader")

	// ErrTooLarge: the command exceeds Config.MaxCommand. Surely not executed.
	ErrTooLarge = errors.New("command too large")

	// ErrRefused: the request makes no sense in the present state (removing the
	// last voter, transferring to a learner, a capability that the engine does
	// not have). Surely not executed.
	ErrRefused = errors.New("refused")

	// ErrSessionExpired: the session fell out of the table, which keeps the
	// most recently used ones, or never was in it. This copy of the command was
	// not executed and no later copy will be; an earlier one may have been.
	ErrSessionExpired = errors.New("session expired")
)

// SurelyNot tells whether err means that the command was not executed and
// never will be.
func SurelyNot(err error) bool {
	for _, sure := range []error{ErrBusy, ErrNoLeader, ErrNotLeader, ErrTooLarge, ErrRefused} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return false
}

// Code is an error as it travels.
type Code uint8

// codes is part of the wire format: append only.
var codes = [...]error{nil, ErrUnknown, ErrBusy, ErrNoLeader, ErrNotLeader, ErrTooLarge, ErrRefused, ErrSessionExpired}

// CodeOf returns the code of err; an error that has none is ErrUnknown.
func CodeOf(err error) Code {
	for c, sentinel := range codes {
		if errors.Is(err, sentinel) {
			return Code(c)
		}
	}
	return CodeOf(ErrUnknown)
}

// Err returns the error that the code stands for.
func (c Code) Err() error {
	if int(c) < len(codes) {
		return codes[c]
	}
	return fmt.Errorf("code %d of a newer version: %w", c, ErrUnknown)
}
