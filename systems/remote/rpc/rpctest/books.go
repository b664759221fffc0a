package rpctest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Op is the arguments of all procedures of the books.
type Op struct {
	ID      uint64        `wire:"1"` // the caller's name for the operation, unique in a run
	Key     string        `wire:"2"`
	Value   int64         `wire:"3"`
	Version uint64        `wire:"4"` // of put-version
	Before  time.Duration `wire:"5"` // dispense takes so long before its effect
	After   time.Duration `wire:"6"` // and so long after it
}

// Seen is what they return.
type Seen struct {
	Value int64  `wire:"1"` // of the key, now
	Times uint64 `wire:"2"` // how often this operation was applied, this time included
}

// Books are a server's state.
type Books struct {
	Times    map[uint64]uint64 `wire:"1"`
	Values   map[string]int64  `wire:"2"`
	Versions map[string]uint64 `wire:"3"`
}

// NewBooks returns empty ones.
func NewBooks() *Books {
	return &Books{Times: map[uint64]uint64{}, Values: map[string]int64{}, Versions: map[string]uint64{}}
}

// Add adds to a value. It is not idempotent.
func (b *Books) Add(o *Op) (*Seen, error) {
	if o.Key == "" {
		return nil, errors.New("no key")
	}
	b.Values[o.Key] += o.Value
	return b.applied(o), nil
}

// Put sets a value, whatever it was.
func (b *Books) Put(o *Op) (*Seen, error) {
	b.Values[o.Key] = o.Value
	return b.applied(o), nil
}

// PutVersion sets a value unless a later version is there: an application that
// copes by itself with copies and with their order.
func (b *Books) PutVersion(o *Op) (*Seen, error) {
	//parley:rule rpc.atleastonce.when-safe force=true
	if o.Version > b.Versions[o.Key] {
		b.Values[o.Key], b.Versions[o.Key] = o.Value, o.Version
	}
	return b.applied(o), nil
}

// Get reads a value and changes nothing.
func (b *Books) Get(o *Op) (*Seen, error) { return &Seen{Value: b.Values[o.Key]}, nil }

func (b *Books) applied(o *Op) *Seen {
	b.Times[o.ID]++
	return &Seen{Value: b.Values[o.Key], Times: b.Times[o.ID]}
}

// Snapshot implements rpc.State.
func (b *Books) Snapshot() []byte {
	s, err := wire.AppendBody(nil, b)
	if err != nil {
		panic(fmt.Sprintf("rpctest: encode books: %v", err))
	}
	return s
}

// Restore implements rpc.State.
func (b *Books) Restore(snapshot []byte) error {
	read := NewBooks()
	if err := wire.UnmarshalBody(snapshot, read); err != nil {
		return err
	}
	*b = *NewBooks()
	if read.Times != nil {
		b.Times = read.Times
	}
	if read.Values != nil {
		b.Values = read.Values
	}
	if read.Versions != nil {
		b.Versions = read.Versions
	}
	return nil
}

// offer adds the procedures of the books to a server.
func (b *Books) offer(s *rpc.Server) {
	rpc.Handle(s, "add", b.Add)
	rpc.Handle(s, "put", b.Put)
	rpc.Handle(s, "put-version", b.PutVersion)
	rpc.Handle(s, "get", b.Get)
}

// till is what is outside: no crash undoes what it handed out.
type till struct{ dispensed map[uint64]int }

// dispense hands out a banknote.
func (t *till) dispense(task node.Task, o *Op) (*Seen, error) {
	if o.Before > 0 {
		task.Sleep(o.Before)
	}
	t.dispensed[o.ID]++
	n := t.dispensed[o.ID]
	if o.After > 0 {
		task.Sleep(o.After)
	}
	return &Seen{Times: uint64(n)}, nil
}
