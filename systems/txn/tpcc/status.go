package tpcc

import "github.com/parleysystems/parley/systems/txn/program"

// OrderStatus makes the transaction of clause 2.6.
func (c *Client) OrderStatus() program.Program {
	asks := c.who(c.home, c.district())
	return program.Program{Name: "OrderStatus", ReadOnly: true, Run: func(tx program.Tx) error {
		number, _, err := asks.find(tx)
		if err != nil {
			return err
		}
		newest, found, err := byCustomer.edge(tx, true, asks.warehouse, asks.district, number)
		if err != nil || !found {
			return err
		}
		if _, err := get[order](tx, orders, asks.warehouse, asks.district, newest); err != nil {
			return err
		}
		return each(tx, func(line) error { return nil }, asks.warehouse, asks.district, newest)
	}}
}

// each calls visit with the lines under these numbers.
func each(tx program.Tx, visit func(line) error, numbers ...int) (err error) {
	scan := tx.Scan(lines.under(numbers...), func(_, value []byte) bool {
		var l line
		if l, err = decode[line](value); err == nil {
			err = visit(l)
		}
		return err == nil
	})
	if err == nil {
		err = scan
	}
	return err
}

// StockLevel makes the transaction of clause 2.8.
func (c *Client) StockLevel() program.Program {
	w, d, threshold := c.home, c.district(), int64(10+c.r.IntN(11))
	return program.Program{Name: "StockLevel", ReadOnly: true, Run: func(tx program.Tx) error {
		place, err := get[district](tx, districts, w, d)
		if err != nil {
			return err
		}
		low, seen := 0, map[int64]bool{}
		next := int(place.NextOrder)
		for number := max(0, next-20); number < next; number++ {
			var goods []int64
			err := each(tx, func(l line) error { goods = append(goods, l.Item); return nil }, w, d, number)
			if err != nil {
				return err
			}
			for _, i := range goods {
				if seen[i] {
					continue
				}
				seen[i] = true
				left, err := get[stock](tx, stocks, w, int(i))
				if err != nil {
					return err
				}
				if left.Quantity < threshold {
					low++
				}
			}
		}
		return nil
	}}
}
