package live

import (
	"errors"

	"github.com/parleysystems/parley/node"
)

// Host runs the services of one host. Its methods may be called from any
// goroutine, but Close and a Do that may have to wait not from a node's loop.
type Host struct{}

// Open locks the directory, opens the log and begins to listen and to connect.
// Messages to services that are not served yet are dropped.
func Open(c Config) (*Host, error) { return nil, errors.New("live: not here yet") }

// Serve begins an incarnation of a node under that name: make and Start run on
// its new loop, soon. A function passed to Do, and messages, wait for Start to
// return. A name is served once in the life of a Host.
func (h *Host) Serve(service string, make func() node.Node) error { return nil }

// Do has f run on the service's loop and returns once it is queued, which it
// waits for while the mailbox is full. Functions queued by one goroutine run in
// that order. An error (ErrStopped, ErrNoService) means that f does not run;
// without one it runs unless the host stops first, so who waits for an effect
// of f watches Done as well.
func (h *Host) Do(service string, f func(node.Node)) error { return nil }

// TryDo is Do that returns ErrBusy instead of waiting.
func (h *Host) TryDo(service string, f func(node.Node)) error { return nil }

// AddPeer makes a host known, or gives it another address.
func (h *Host) AddPeer(name, address string) error { return nil }

// RemovePeer forgets a host and closes the connection to it.
func (h *Host) RemovePeer(name string) {}

// Addr returns the address listened on, empty if there is none.
func (h *Host) Addr() string { return "" }

// Done returns a channel that is closed as soon as the host fails or is closed.
func (h *Host) Done() <-chan struct{} { return nil }

// Err returns why the host stopped: nil while it runs and after Close, else
// what failed and where: a write or fdatasync of the log, a panic of a node, or
// what a node said to Env.Halt.
func (h *Host) Err() error { return nil }

// Close stops the loops, unwinds the tasks, makes the log durable, gives the
// directory back and returns Err. Messages that are still on their way out may
// be lost, as ever.
func (h *Host) Close() error { return nil }

// Stats reports on the moment. It does not disturb the loops.
func (h *Host) Stats() Stats { return Stats{} }
