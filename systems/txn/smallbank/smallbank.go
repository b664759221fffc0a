// Package smallbank makes the transactions of SmallBank: small ones on two accounts of a
// customer, which snapshot isolation alone does not keep right.
//
//	Alomari, Cahill, Fekete, Röhm: The cost of serializability on platforms that use
//	snapshot isolation, ICDE 2008
//
//	Balance          reads both accounts of a customer
//	DepositChecking  adds to the checking account
//	TransactSavings  adds to savings, or takes from there what is there
//	Amalgamate       moves all that one customer has to another's checking account
//	WriteCheck       takes from checking, and a penalty of 1 if both do not cover it
//	SendPayment      moves from one checking account to another (of H-Store's variant)
//
// Under a serializable scheme the sum of all accounts is what it was in the beginning plus
// the Change of every transaction that committed, which is for Check to say.
package smallbank

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Options describe a bank.
type Options struct {
	// Customers is how many there are; 0 means 18000.
	Customers int
	// Hot is how many of them make up nine of ten choices; 0 means 1000, and all if
	// there are no more.
	Hot int
}

func (o Options) whole() Options {
	if o.Customers == 0 {
		o.Customers = 18_000
	}
	if o.Hot == 0 {
		o.Hot = 1000
	}
	o.Hot = min(o.Hot, o.Customers)
	return o
}

// initial is what every account holds in the beginning, in cents.
const initial = 10_000

// The accounts of a customer.
const (
	checking = 'c'
	savings  = 's'
)

func key(account byte, customer int) []byte {
	return binary.BigEndian.AppendUint32([]byte{account}, uint32(customer))
}

func encode(amount int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(amount)) }

func get(tx program.Tx, account byte, customer int) (int64, error) {
	value, found, err := tx.Get(key(account, customer))
	if err != nil {
		return 0, err
	}
	if !found || len(value) != 8 {
		return 0, fmt.Errorf("smallbank: account %c of customer %d holds %d bytes", account, customer, len(value))
	}
	return int64(binary.BigEndian.Uint64(value)), nil
}

func put(tx program.Tx, account byte, customer int, amount int64) error {
	return tx.Put(key(account, customer), encode(amount))
}

// Load calls put with every account.
func Load(o Options, put func(key, value []byte) error) error {
	o = o.whole()
	for _, account := range []byte{checking, savings} {
		for c := range o.Customers {
			if err := put(key(account, c), encode(initial)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Transaction is a program, and by how much it changes the sum of all accounts: that is
// known once it has committed.
type Transaction struct {
	program.Program
	Change int64
}

// Client makes the transactions of one client.
type Client struct {
	Options
	r *rand.Rand
}

// NewClient returns a client's generator: the same seed and number make the same
// transactions.
func NewClient(o Options, seed uint64, number int) *Client {
	return &Client{o.whole(), rand.New(rand.NewPCG(seed, uint64(number)))}
}

func (c *Client) customer() int {
	if c.r.IntN(10) > 0 {
		return c.r.IntN(c.Hot)
	}
	return c.r.IntN(c.Customers)
}

// Next makes the client's next transaction: SendPayment in a quarter of the cases, and of
// the others each alike.
func (c *Client) Next() *Transaction {
	a, b, amount := c.customer(), c.customer(), int64(1+c.r.IntN(3000))
	if c.Customers > 1 && a == b {
		b = (b + 1) % c.Customers
	}
	switch c.r.IntN(20) {
	case 0, 1, 2:
		return balance(a)
	case 3, 4, 5:
		return deposit(a, amount)
	case 6, 7, 8:
		return transact(a, amount-1500)
	case 9, 10, 11:
		return amalgamate(a, b)
	case 12, 13, 14:
		return check(a, amount*5)
	}
	return send(a, b, amount)
}

func transaction(name string, run func(t *Transaction, tx program.Tx) error) *Transaction {
	t := &Transaction{}
	t.Program = program.Program{Name: name, ReadOnly: name == "Balance", Run: func(tx program.Tx) error {
		t.Change = 0
		return run(t, tx)
	}}
	return t
}

// Check is a transaction that returns an error unless all accounts add up to what there
// was in the beginning plus the changes.
func Check(o Options, changes int64) program.Program {
	o = o.whole()
	return program.Program{Name: "check", ReadOnly: true, Run: func(tx program.Tx) error {
		sum, count := int64(0), 0
		err := tx.Scan(scheme.Range{From: []byte{checking}, To: []byte{savings + 1}}, func(_, value []byte) bool {
			sum += int64(binary.BigEndian.Uint64(value))
			count++
			return true
		})
		if want := int64(2*o.Customers)*initial + changes; err == nil && (sum != want || count != 2*o.Customers) {
			return fmt.Errorf("smallbank: %d accounts hold %d in place of %d", count, sum, want)
		}
		return err
	}}
}
