package tpcc

import "github.com/parleysystems/parley/systems/txn/program"

// Payment makes the transaction of clause 2.5. In 15 cases of 100 the customer is of
// another warehouse.
func (c *Client) Payment() program.Program {
	w, d, amount := c.home, c.district(), int64(100+c.r.IntN(499_901))
	payer := c.who(w, d)
	if c.r.IntN(100) < 15 {
		payer = c.who(c.elsewhere(), c.district())
	}
	c.entries++
	entry := c.entries
	return program.Program{Name: "Payment", Run: func(tx program.Tx) error {
		house, err := take[warehouse](tx, warehouses, w)
		if err != nil {
			return err
		}
		house.YTD += amount
		if err := put(tx, &house, warehouses, w); err != nil {
			return err
		}
		place, err := take[district](tx, districts, w, d)
		if err != nil {
			return err
		}
		place.YTD += amount
		if err := put(tx, &place, districts, w, d); err != nil {
			return err
		}
		number, row, err := payer.find(tx)
		if err != nil {
			return err
		}
		row.Balance -= amount
		row.Paid += amount
		row.Payments++
		if row.Good == 0 {
			copy(row.Text[24:], row.Text[:])
			copy(row.Text[:24], encode(&[3]int64{int64(number), int64(w), amount}))
		}
		if err := put(tx, &row, customers, payer.warehouse, payer.district, number); err != nil {
			return err
		}
		// The history has no primary key: a client numbers its own entries.
		return put(tx, &history{Customer: int64(number), District: int64(d), Warehouse: int64(w), Amount: amount}, histories, c.number, entry)
	}}
}
