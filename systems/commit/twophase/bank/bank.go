package bank

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Op is an operation on an account: it adds Amount, which may be negative, or, if
// Read is set, only reads.
type Op struct {
	Account string `wire:"1"`
	Amount  int64  `wire:"2"`
	Read    bool   `wire:"3"`
}

// Balance is the result of an operation, as its transaction sees it, and a line of
// what is saved.
type Balance struct {
	Account string `wire:"1"`
	Amount  int64  `wire:"2"`
}

// Balances are several.
type Balances struct {
	List []Balance `wire:"1"`
}

func init() {
	wire.Register[Op]("bank.op")
	wire.Register[Balance]("bank.balance")
	wire.Register[Balances]("bank.balances")
}

// Bank is a twophase.Resource.
type Bank struct {
	balances map[string]int64
	locks    map[string]*lock
	work     map[twophase.TxID]*work
}

// work is what one transaction does here.
type work struct {
	changes map[string]int64 // accounts with their new balances
	locked  map[string]bool  // true: exclusively
}

// lock is who holds an account: one writer, or readers.
type lock struct {
	writer  bool
	holders []twophase.TxID
}

var (
	_ twophase.Resource = (*Bank)(nil)

	// ErrLocked: another transaction holds the account. Nothing was done.
	ErrLocked = errors.New("account is locked")
	// ErrOverdraft: a balance would be negative. Nothing was done.
	ErrOverdraft = errors.New("insufficient funds")
)

// New returns a bank with accounts and their first balances, which are those of
// every incarnation before its log is read.
func New(balances map[string]int64) *Bank {
	return &Bank{balances: maps.Clone(balances), locks: map[string]*lock{}, work: map[twophase.TxID]*work{}}
}

// Add returns the operation that adds to an account.
func Add(account string, amount int64) []byte { return encode(&Op{Account: account, Amount: amount}) }

// Read returns the operation that reads an account.
func Read(account string) []byte { return encode(&Op{Account: account, Read: true}) }

// Amount returns the balance that an operation's result holds.
func Amount(result []byte) (int64, error) {
	b := &Balance{}
	if err := wire.UnmarshalBody(result, b); err != nil {
		return 0, fmt.Errorf("bank: read a balance: %w", err)
	}
	return b.Amount, nil
}

func encode(m any) []byte {
	b, err := wire.AppendBody(nil, m)
	if err != nil {
		panic(fmt.Sprintf("bank: encode %T: %v", m, err))
	}
	return b
}

// Execute implements twophase.Resource.
func (b *Bank) Execute(tx twophase.TxID, body []byte, done func([]byte, error)) {
	op := &Op{}
	if err := wire.UnmarshalBody(body, op); err != nil {
		done(nil, fmt.Errorf("bank: not an operation: %w", err))
		return
	}
	if _, known := b.balances[op.Account]; !known {
		done(nil, fmt.Errorf("bank: there is no account %q", op.Account))
		return
	}
	w := b.of(tx)
	if !b.lock(tx, w, op.Account, !op.Read) {
		done(nil, fmt.Errorf("bank: %q: %w", op.Account, ErrLocked))
		return
	}
	done(encode(&Balance{op.Account, b.execute(w, op)}), nil)
}

func (b *Bank) of(tx twophase.TxID) *work {
	w := b.work[tx]
	if w == nil {
		w = &work{changes: map[string]int64{}, locked: map[string]bool{}}
		b.work[tx] = w
	}
	return w
}

// execute returns the account's balance after the operation, for its transaction.
func (b *Bank) execute(w *work, op *Op) int64 {
	balance, changed := w.changes[op.Account]
	if !changed {
		balance = b.balances[op.Account]
	}
	if op.Read {
		return balance
	}
	balance += op.Amount
	//parley:rule twophase.goal.atomic-transfer value=b.balances
	pending := w.changes // not the balances: what is not committed has not happened (I1)
	pending[op.Account] = balance
	w.changes[op.Account] = balance
	return balance
}

// Wrote implements twophase.Resource.
func (b *Bank) Wrote(tx twophase.TxID) bool { return b.work[tx] != nil && len(b.work[tx].changes) > 0 }

// Prepare implements twophase.Resource.
func (b *Bank) Prepare(tx twophase.TxID) ([]byte, error) {
	w := b.of(tx)
	list := &Balances{}
	for _, account := range slices.Sorted(maps.Keys(w.changes)) {
		if w.changes[account] < 0 {
			return nil, fmt.Errorf("bank: %q: %w", account, ErrOverdraft)
		}
		list.List = append(list.List, Balance{account, w.changes[account]})
	}
	return encode(list), nil
}

// Restore implements twophase.Resource.
func (b *Bank) Restore(tx twophase.TxID, changes []byte) error {
	list := &Balances{}
	if err := wire.UnmarshalBody(changes, list); err != nil {
		return fmt.Errorf("bank: not a prepared transaction: %w", err)
	}
	w := b.of(tx)
	for _, c := range list.List {
		w.changes[c.Account] = c.Amount
		//parley:rule twophase.recovery.participant drop
		b.lock(tx, w, c.Account, true)
	}
	return nil
}

// Commit implements twophase.Resource.
func (b *Bank) Commit(tx twophase.TxID) {
	if w := b.work[tx]; w != nil {
		maps.Copy(b.balances, w.changes)
		b.release(tx)
	}
}

// Abort implements twophase.Resource.
func (b *Bank) Abort(tx twophase.TxID) { b.release(tx) }

// Balance returns an account's committed balance.
func (b *Bank) Balance(account string) int64 { return b.balances[account] }

// Locked tells whether an account is locked.
func (b *Bank) Locked(account string) bool { return b.locks[account] != nil }

// Total returns the sum of the committed balances.
func (b *Bank) Total() (sum int64) {
	for _, balance := range b.balances {
		sum += balance
	}
	return sum
}

// Save implements twophase.Resource.
func (b *Bank) Save() []byte {
	list := &Balances{}
	for _, account := range slices.Sorted(maps.Keys(b.balances)) {
		list.List = append(list.List, Balance{account, b.balances[account]})
	}
	return encode(list)
}

// Load implements twophase.Resource.
func (b *Bank) Load(state []byte) error {
	list := &Balances{}
	if err := wire.UnmarshalBody(state, list); err != nil {
		return fmt.Errorf("bank: not a saved bank: %w", err)
	}
	*b = *New(nil)
	b.balances = map[string]int64{}
	for _, l := range list.List {
		b.balances[l.Account] = l.Amount
	}
	return nil
}
