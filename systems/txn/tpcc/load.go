package tpcc

import "math/rand/v2"

// Options are the sizes of tables. Zero means the specification's.
type Options struct {
	// Warehouses is 1 if zero.
	Warehouses int
	// Districts of a warehouse (10), Customers of a district (3000), who each have one
	// order in the beginning, and Items (100000).
	Districts, Customers, Items int
}

func (o Options) whole() Options {
	for _, size := range []struct {
		of   *int
		want int
	}{{&o.Warehouses, 1}, {&o.Districts, 10}, {&o.Customers, 3000}, {&o.Items, 100_000}} {
		if *size.of == 0 {
			*size.of = size.want
		}
	}
	return o
}

// filling is what the tables are given in the beginning.
type filling struct {
	Options
	r   *rand.Rand
	put func(key, value []byte) error
	err error
}

// Load calls put with every row that there is in the beginning, table by table.
func Load(o Options, seed uint64, put func(key, value []byte) error) error {
	f := &filling{Options: o.whole(), r: rand.New(rand.NewPCG(seed, 0)), put: put}
	for i := range f.Items {
		f.row(&item{Price: int64(100 + f.r.IntN(9900))}, items, i)
	}
	for w := range f.Warehouses {
		f.row(&warehouse{Tax: int64(f.r.IntN(2001)), YTD: int64(f.Districts) * 3_000_000}, warehouses, w)
		for i := range f.Items {
			f.row(&stock{Quantity: int64(10 + f.r.IntN(91))}, stocks, w, i)
		}
		for d := range f.Districts {
			f.district(w, d)
		}
	}
	return f.err
}

func (f *filling) row(row any, t table, numbers ...int) {
	if f.err == nil {
		f.err = f.put(t.key(numbers...), encode(row))
	}
}

// district fills one, whose last third of orders is not delivered.
func (f *filling) district(w, d int) {
	f.row(&district{Tax: int64(f.r.IntN(2001)), YTD: 3_000_000, NextOrder: int64(f.Customers)}, districts, w, d)
	for c := range f.Customers {
		name := c
		if c >= 1000 {
			name = nurand(f.r, 255, 0, 999)
		}
		good := int64(1)
		if f.r.IntN(10) == 0 {
			good = 0
		}
		f.row(&customer{Name: int64(name), Good: good, Discount: int64(f.r.IntN(5001)), Balance: -1000, Paid: 1000, Payments: 1}, customers, w, d, c)
		f.row(&struct{}{}, byName, w, d, name, c)
	}
	for o, c := range f.r.Perm(f.Customers) {
		f.order(w, d, o, c, o >= f.Customers-f.Customers*3/10)
	}
}

func (f *filling) order(w, d, o, c int, waits bool) {
	n := 5 + f.r.IntN(11)
	carrier := int64(1 + f.r.IntN(10))
	if waits {
		carrier = 0
		f.row(&struct{}{}, newOrders, w, d, o)
	}
	f.row(&order{Customer: int64(c), Carrier: carrier, Lines: int64(n), Local: 1}, orders, w, d, o)
	f.row(&struct{}{}, byCustomer, w, d, c, o)
	for i := range n {
		l := line{Item: int64(f.r.IntN(f.Items)), Supplier: int64(w), Quantity: 5, Delivered: carrier}
		if waits {
			l.Amount = int64(1 + f.r.IntN(999_999))
		}
		f.row(&l, lines, w, d, o, i)
	}
}

// nurand draws by clause 2.1.6, from least to most, some often and most seldom.
func nurand(r *rand.Rand, a, least, most int) int {
	const c = 123 // one of those that the clause allows
	return ((r.IntN(a+1)|(least+r.IntN(most-least+1)))+c)%(most-least+1) + least
}
