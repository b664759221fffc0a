package tpcc

import "github.com/parleysystems/parley/systems/txn/program"

// Delivery makes the transaction of clause 2.7, all districts in one transaction.
func (c *Client) Delivery() program.Program {
	w, carrier := c.home, int64(1+c.r.IntN(10))
	return program.Program{Name: "Delivery", Run: func(tx program.Tx) error {
		for d := range c.Districts {
			if err := deliver(tx, w, d, carrier); err != nil {
				return err
			}
		}
		return nil
	}}
}

// deliver takes the oldest new order of a district, if it has one.
func deliver(tx program.Tx, w, d int, carrier int64) error {
	number, found, err := newOrders.edge(tx, false, w, d)
	if err != nil || !found {
		return err
	}
	if err := tx.Delete(newOrders.key(w, d, number)); err != nil {
		return err
	}
	row, err := take[order](tx, orders, w, d, number)
	if err != nil {
		return err
	}
	row.Carrier = carrier
	if err := put(tx, &row, orders, w, d, number); err != nil {
		return err
	}
	amount := int64(0)
	for i := range int(row.Lines) {
		l, err := take[line](tx, lines, w, d, number, i)
		if err != nil {
			return err
		}
		amount += l.Amount
		l.Delivered = carrier
		if err := put(tx, &l, lines, w, d, number, i); err != nil {
			return err
		}
	}
	buyer, err := take[customer](tx, customers, w, d, int(row.Customer))
	if err != nil {
		return err
	}
	buyer.Balance += amount
	buyer.Deliveries++
	return put(tx, &buyer, customers, w, d, int(row.Customer))
}
