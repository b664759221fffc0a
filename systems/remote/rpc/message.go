package rpc

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// XID is a transaction id: it names a call, and all copies of its request.
type XID struct {
	// Client is the address of the caller, which is unique, or "" if Number is
	// random. Numbers of one client ascend.
	Client node.Addr `wire:"1"`
	Number uint64    `wire:"2"`
}

// String returns "client#number".
func (x XID) String() string { return fmt.Sprintf("%s#%d", x.Client, x.Number) }

// Request asks for a procedure to run.
type Request struct {
	ID XID `wire:"1"`
	// Mark says that the client has the replies of all its calls up to this
	// number, or has given them up, and that none of them is sent again.
	Mark   uint64 `wire:"2"`
	Method string `wire:"3"`
	Args   []byte `wire:"4"` // body of the arguments' struct
}

// Reply tells what came of a request.
type Reply struct {
	ID     XID    `wire:"1"`
	Status Status `wire:"2"`
	Result []byte `wire:"3"` // body of the result's struct if OK, else a text
}

// Forget tells a server, from a node of its own host, that a client is over: no request
// of it is on its way, and none will be sent. Only who sees all ways to the server can
// know that, such as the door of a network that makes no copies.
type Forget struct {
	Client node.Addr `wire:"1"`
}

// Status says how a call ended, and so whether the procedure ran.
type Status uint8

// What a server answers.
const (
	OK           Status = iota + 1
	Failed              // the procedure ran and returned an error
	NoMethod            // did not run: the server has no procedure of that name
	BadArguments        // did not run: the arguments are not of that procedure's type
	Overloaded          // this copy did not run, as a bound of the server was reached; another may
	Discarded           // this copy did not run; the call is below the client's mark, so an earlier one may have
	Doubtful            // may have run: the server died while it did, and does not repeat it
)

func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Failed:
		return "failed"
	case NoMethod:
		return "no such method"
	case BadArguments:
		return "bad arguments"
	case Overloaded:
		return "overloaded"
	case Discarded:
		return "discarded"
	case Doubtful:
		return "in doubt"
	}
	return fmt.Sprintf("status %d", s)
}

var (
	_ = wire.Register[Request]("rpc.Request")
	_ = wire.Register[Reply]("rpc.Reply")
	_ = wire.Register[Forget]("rpc.Forget")
)

// ErrNoLog says that a client without a log was asked for ExactlyOnce. The call was not made.
var ErrNoLog = errors.New("a call that survives a crash needs a client with a log: ClientConfig.Semantics ExactlyOnce")

// Error is a call that did not end well. It wraps node.ErrTimeout if there was
// no reply; Status is 0 then.
type Error struct {
	ID     XID
	Server node.Addr
	Method string
	Status Status
	Text   string
	Err    error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("rpc: call %s of %s as %s", e.Method, e.Server, e.ID)
	if errors.Is(e.Err, ErrNoLog) {
		return fmt.Sprintf("%s: %v; it did not run", s, e.Err)
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %v; it may have run", s, e.Err)
	}
	return fmt.Sprintf("%s: %v: %s", s, e.Status, e.Text)
}

func (e *Error) Unwrap() error { return e.Err }

// SurelyNot tells whether the procedure did not run and never will. That is known
// if no copy of the request could have run. Where one was turned away as too much,
// another may have found room, or find it yet: the network itself makes copies.
func (e *Error) SurelyNot() bool {
	return errors.Is(e.Err, ErrNoLog) || e.Err == nil && (e.Status == NoMethod || e.Status == BadArguments)
}
