package tpcc

import "github.com/parleysystems/parley/systems/txn/program"

// wanted is a line of an order that is made.
type wanted struct{ item, supplier, quantity int }

// NewOrder makes the transaction of clause 2.4.
func (c *Client) NewOrder() program.Program {
	w, d, who := c.home, c.district(), c.customer()
	list := make([]wanted, 5+c.r.IntN(11))
	local := int64(1)
	for i := range list {
		list[i] = wanted{nurand(c.r, 8191, 0, c.Items-1), w, 1 + c.r.IntN(10)}
		if c.r.IntN(100) == 0 {
			list[i].supplier = c.elsewhere()
		}
		if list[i].supplier != w {
			local = 0
		}
	}
	if c.r.IntN(100) == 0 {
		list[len(list)-1].item = c.Items // there is no such item
	}
	return program.Program{Name: "NewOrder", Run: func(tx program.Tx) error {
		house, err := get[warehouse](tx, warehouses, w)
		if err != nil {
			return err
		}
		buyer, err := get[customer](tx, customers, w, d, who)
		if err != nil {
			return err
		}
		place, err := take[district](tx, districts, w, d)
		if err != nil {
			return err
		}
		number := int(place.NextOrder)
		place.NextOrder++
		if err := put(tx, &place, districts, w, d); err != nil {
			return err
		}
		for i, want := range list {
			if err := want.take(tx, w, d, number, i, house.Tax+place.Tax, buyer.Discount); err != nil {
				return err
			}
		}
		if err := put(tx, &order{Customer: int64(who), Lines: int64(len(list)), Local: local}, orders, w, d, number); err != nil {
			return err
		}
		if err := put(tx, &struct{}{}, byCustomer, w, d, who, number); err != nil {
			return err
		}
		return put(tx, &struct{}{}, newOrders, w, d, number)
	}}
}

// take takes an item from stock, and writes the line.
func (n wanted) take(tx program.Tx, w, d, number, i int, tax, discount int64) error {
	goods, found, err := find[item](tx, items, n.item)
	if err != nil {
		return err
	}
	if !found {
		return program.ErrGivenUp
	}
	left, err := take[stock](tx, stocks, n.supplier, n.item)
	if err != nil {
		return err
	}
	quantity := int64(n.quantity)
	if left.Quantity -= quantity; left.Quantity < 10 {
		left.Quantity += 91
	}
	left.YTD += quantity
	left.Orders++
	if n.supplier != w {
		left.Remote++
	}
	if err := put(tx, &left, stocks, n.supplier, n.item); err != nil {
		return err
	}
	amount := quantity * goods.Price * (10_000 + tax) / 10_000 * (10_000 - discount) / 10_000
	return put(tx, &line{Item: int64(n.item), Supplier: int64(n.supplier), Quantity: quantity, Amount: amount}, lines, w, d, number, i)
}
