package tpcc

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/program"
)

// Check is a transaction that returns an error unless C1 to C4 hold.
func Check(o Options) program.Program {
	o = o.whole()
	return program.Program{Name: "check", ReadOnly: true, Run: func(tx program.Tx) error {
		for w := range o.Warehouses {
			if err := o.house(tx, w); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (o Options) house(tx program.Tx, w int) error {
	house, err := get[warehouse](tx, warehouses, w)
	if err != nil {
		return err
	}
	takings := int64(0)
	for d := range o.Districts {
		place, err := get[district](tx, districts, w, d)
		if err != nil {
			return err
		}
		takings += place.YTD
		if err := numbers(tx, w, d, int(place.NextOrder)); err != nil {
			return err
		}
	}
	if takings != house.YTD {
		return fmt.Errorf("tpcc C1: warehouse %d took %d, its districts %d", w, house.YTD, takings)
	}
	return nil
}

// numbers checks the orders of a district.
func numbers(tx program.Tx, w, d, next int) error {
	newest, _, err := orders.edge(tx, true, w, d)
	if err != nil {
		return err
	}
	waiting, first, end := 0, 0, 0
	err = tx.Scan(newOrders.under(w, d), func(key, _ []byte) bool {
		if end = last(key); waiting == 0 {
			first = end
		}
		waiting++
		return true
	})
	if err != nil {
		return err
	}
	switch {
	case newest != next-1, waiting > 0 && end != next-1:
		return fmt.Errorf("tpcc C2: district %d of warehouse %d goes on with order %d, after %d, and new order %d", d, w, next, newest, end)
	case waiting > 0 && end-first+1 != waiting:
		return fmt.Errorf("tpcc C3: district %d of warehouse %d has %d new orders from %d to %d", d, w, waiting, first, end)
	}
	return counts(tx, w, d)
}

// counts compares how many lines there are with what orders say.
func counts(tx program.Tx, w, d int) (err error) {
	said, there := int64(0), int64(0)
	scan := tx.Scan(orders.under(w, d), func(_, value []byte) bool {
		var row order
		if row, err = decode[order](value); err == nil {
			said += row.Lines
		}
		return err == nil
	})
	if err = errors.Join(scan, err); err != nil {
		return fmt.Errorf("tpcc: orders of district %d of warehouse %d: %w", d, w, err)
	}
	if err := each(tx, func(line) error { there++; return nil }, w, d); err != nil {
		return err
	}
	if said != there {
		return fmt.Errorf("tpcc C4: the orders of district %d of warehouse %d are to have %d lines, and have %d", d, w, said, there)
	}
	return nil
}
