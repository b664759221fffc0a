package bank

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Ledger implements AccountsServer. It is the state of its server (rpc.State).
type Ledger struct {
	// HandOut gives a banknote away, for good.
	HandOut func(euros uint32)

	books books
}

// books are what a snapshot holds.
type books struct {
	Accounts map[string]*Balance `wire:"1"`
	Last     uint64              `wire:"2"` // number of an entry
}

// NewServer returns a server with a new ledger.
func NewServer(cfg rpc.Config, handOut func(euros uint32)) *rpc.Server {
	l := &Ledger{HandOut: handOut, books: books{Accounts: map[string]*Balance{}}}
	cfg.State = l
	s := rpc.NewServer(cfg)
	ServeAccounts(s, l)
	return s
}

var errNoAccount = errors.New("no account of that name")

// Look implements AccountsServer.
func (l *Ledger) Look(q *Query) (*Balance, error) {
	if b := l.books.Accounts[q.Account]; b != nil {
		return b, nil
	}
	return nil, errNoAccount
}

// mostEntries is how many of an account are kept.
const mostEntries = 10

// Book implements AccountsServer. The first order opens an account.
func (l *Ledger) Book(o *Order) (*Balance, error) {
	old := l.books.Accounts[o.Account]
	if old == nil {
		old = &Balance{Kind: Kind_KIND_SAVINGS}
	}
	if old.Cents+o.Cents < 0 || o.Account == "" {
		return nil, fmt.Errorf("%d cents are on %q, %d cannot be booked", old.Cents, o.Account, o.Cents)
	}
	l.books.Last++
	b := &Balance{Cents: old.Cents + o.Cents, Kind: old.Kind} // results are not changed once they are returned
	b.Entries = append(append(b.Entries, old.Entries[max(0, len(old.Entries)+1-mostEntries):]...), &Entry{Number: l.books.Last, Order: o})
	l.books.Accounts[o.Account] = b
	return b, nil
}

// Dispense implements AccountsServer.
func (l *Ledger) Dispense(_ node.Task, o *Order) (*Notes, error) {
	const euro = 100
	left := uint32(min(max(o.Cents, 0), 1<<20)) / euro
	n := &Notes{}
	for _, value := range []uint32{50, 20, 10, 5} {
		for ; left >= value; left -= value {
			n.Values = append(n.Values, value)
		}
	}
	if left > 0 || len(n.Values) == 0 || o.Cents%euro != 0 {
		return nil, fmt.Errorf("%d cents cannot be had in banknotes", o.Cents)
	}
	for _, value := range n.Values {
		l.HandOut(value)
	}
	return n, nil
}

// Snapshot implements rpc.State.
func (l *Ledger) Snapshot() []byte {
	b, err := wire.AppendBody(nil, &l.books)
	if err != nil {
		panic(fmt.Sprintf("bank: encode the books: %v", err))
	}
	return b
}

// Restore implements rpc.State.
func (l *Ledger) Restore(snapshot []byte) error {
	l.books = books{}
	if err := wire.UnmarshalBody(snapshot, &l.books); err != nil {
		return err
	}
	if l.books.Accounts == nil {
		l.books.Accounts = map[string]*Balance{}
	}
	return nil
}
