package tpcc

import (
	"math/rand/v2"

	"github.com/parleysystems/parley/systems/txn/program"
)

// Client makes the transactions of one terminal.
type Client struct {
	Options
	r       *rand.Rand
	home    int // its warehouse
	number  int
	entries int // in the history
}

// NewClient returns a client's generator: the same seed and number make the same
// transactions.
func NewClient(o Options, seed uint64, number int) *Client {
	o = o.whole()
	return &Client{Options: o, r: rand.New(rand.NewPCG(seed, uint64(number)+1)), home: number % o.Warehouses, number: number}
}

// Next makes the client's next transaction. What it does is drawn now, so that it does the
// same when it is tried again.
func (c *Client) Next() program.Program {
	switch x := c.r.IntN(100); {
	case x < 45:
		return c.NewOrder()
	case x < 88:
		return c.Payment()
	case x < 92:
		return c.OrderStatus()
	case x < 96:
		return c.Delivery()
	}
	return c.StockLevel()
}

func (c *Client) district() int { return c.r.IntN(c.Districts) }

func (c *Client) customer() int { return nurand(c.r, 1023, 0, c.Customers-1) }

// name draws a last name that somebody has.
func (c *Client) name() int { return nurand(c.r, 255, 0, min(c.Customers, 1000)-1) }

// elsewhere draws another warehouse, if there is one.
func (c *Client) elsewhere() int {
	if c.Warehouses == 1 {
		return c.home
	}
	return (c.home + 1 + c.r.IntN(c.Warehouses-1)) % c.Warehouses
}

// who is a customer, by number or by name: then it is the one in the middle of those who
// have it, in the order of numbers in place of first names.
type who struct {
	warehouse, district, number int
	named                       bool
}

func (c *Client) who(warehouse, district int) who {
	if c.r.IntN(100) < 60 {
		return who{warehouse, district, c.name(), true}
	}
	return who{warehouse, district, c.customer(), false}
}

func (w who) find(tx program.Tx) (number int, row customer, err error) {
	number = w.number
	if w.named {
		var found []int
		err := tx.Scan(byName.under(w.warehouse, w.district, w.number), func(key, _ []byte) bool {
			found = append(found, last(key))
			return true
		})
		if err != nil {
			return 0, row, err
		}
		number = found[(len(found)-1)/2] // clause 2.5.2.2: at n/2, rounded up, counted from 1
	}
	row, err = get[customer](tx, customers, w.warehouse, w.district, number)
	return number, row, err
}
