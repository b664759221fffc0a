package tpcc

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// table is the letter of one.
type table byte

const (
	warehouses table = 'w'
	districts  table = 'd'
	customers  table = 'c'
	byName     table = 'b' // warehouse, district, name, customer
	histories  table = 'h'
	newOrders  table = 'n'
	orders     table = 'o'
	byCustomer table = 'p' // warehouse, district, customer, order
	lines      table = 'l'
	items      table = 'i'
	stocks     table = 's'
)

// key returns the key of a row.
func (t table) key(numbers ...int) []byte {
	key := make([]byte, 1, 1+4*len(numbers))
	key[0] = byte(t)
	for _, n := range numbers {
		key = binary.BigEndian.AppendUint32(key, uint32(n))
	}
	return key
}

// last returns the last number of a key.
func last(key []byte) int { return int(binary.BigEndian.Uint32(key[len(key)-4:])) }

// under returns the range of the keys that begin with these numbers.
func (t table) under(numbers ...int) scheme.Range {
	from := t.key(numbers...)
	to := bytes.Clone(from)
	for i := len(to) - 1; ; i-- { // the next of the same length; letters are below 255
		if to[i]++; to[i] != 0 {
			return scheme.Range{From: from, To: to}
		}
	}
}

// Rows, as their columns are used. Amounts are in cents, rates in hundredths of a
// per cent. Text stands for what the specification has of names and addresses.
type (
	warehouse struct {
		Tax, YTD int64
		Text     [80]byte
	}
	district struct {
		Tax, YTD, NextOrder int64
		Text                [80]byte
	}
	customer struct {
		Name, Good, Discount                int64
		Balance, Paid, Payments, Deliveries int64
		Text                                [500]byte
	}
	history struct {
		Customer, District, Warehouse, Amount int64
		Text                                  [24]byte
	}
	order struct{ Customer, Carrier, Lines, Local int64 }
	line  struct {
		Item, Supplier, Quantity, Amount, Delivered int64
		Text                                        [24]byte
	}
	item struct {
		Price int64
		Text  [64]byte
	}
	stock struct {
		Quantity, YTD, Orders, Remote int64
		Text                          [290]byte
	}
)

// get reads a row that has to be there.
func get[R any](tx program.Tx, t table, numbers ...int) (row R, err error) {
	row, found, err := find[R](tx, t, numbers...)
	if err == nil && !found {
		err = fmt.Errorf("tpcc: table %c has no row %v", t, numbers)
	}
	return row, err
}

// take is get of a row that is going to be written.
func take[R any](tx program.Tx, t table, numbers ...int) (row R, err error) {
	value, found, err := program.GetForUpdate(tx, t.key(numbers...))
	if err == nil && !found {
		err = fmt.Errorf("tpcc: table %c has no row %v", t, numbers)
	}
	if err == nil {
		row, err = decode[R](value)
	}
	return row, err
}

func find[R any](tx program.Tx, t table, numbers ...int) (row R, found bool, err error) {
	value, found, err := tx.Get(t.key(numbers...))
	if err == nil && found {
		row, err = decode[R](value)
	}
	return row, found, err
}

func decode[R any](value []byte) (row R, err error) {
	if _, err = binary.Decode(value, binary.BigEndian, &row); err != nil {
		return row, fmt.Errorf("tpcc: a row of %d bytes: %w", len(value), err)
	}
	return row, nil
}

func encode(row any) []byte {
	value, err := binary.Append(nil, binary.BigEndian, row)
	if err != nil {
		panic(err) // rows are structs of fixed size
	}
	return value
}

// put writes a row.
func put(tx program.Tx, row any, t table, numbers ...int) error {
	return tx.Put(t.key(numbers...), encode(row))
}

// edge returns the last number of the first key under these numbers, or of the last one.
func (t table) edge(tx program.Tx, reverse bool, numbers ...int) (number int, found bool, err error) {
	r := t.under(numbers...)
	r.Reverse = reverse
	err = tx.Scan(r, func(key, _ []byte) bool {
		number, found = last(key), true
		return false
	})
	return number, found, err
}
