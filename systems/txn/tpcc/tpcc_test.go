package tpcc

import (
	"testing"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

var small = Options{Warehouses: 2, Districts: 2, Customers: 30, Items: 50}

func never(t *testing.T) program.Wait {
	return func(*scheme.Ticket) error { t.Fatal("somebody waits who is alone"); return nil }
}

func loaded(t *testing.T, o Options) *memory.Store {
	store := memory.New()
	if err := Load(o, 1, func(key, value []byte) error { store.Load(string(key), string(value)); return nil }); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestTransactionsKeepTheConditions(t *testing.T) {
	store := loaded(t, small)
	s, client := engine.NewSerial(store), NewClient(small, 7, 1)
	count, gaveUp := map[string]int{}, 0
	for i := range 600 {
		p := client.Next()
		o, err := program.Do(s, p, never(t))
		if err != nil {
			t.Fatal(err)
		}
		if count[p.Name]++; !o.Committed {
			gaveUp++
		}
		if i%100 == 99 {
			if _, err := program.Do(s, Check(small), never(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(count) != 5 || gaveUp == 0 {
		t.Errorf("there were %v, of which %d gave up", count, gaveUp)
	}
}

// Each condition is missed by the check if it does not hold.
func TestTheCheckFindsWhatIsWrong(t *testing.T) {
	for name, spoil := range map[string]func(program.Tx) error{
		"takings": func(tx program.Tx) error {
			row, err := get[district](tx, districts, 1, 0)
			row.YTD++
			return first(err, put(tx, &row, districts, 1, 0))
		},
		"an order number": func(tx program.Tx) error {
			row, err := get[district](tx, districts, 1, 1)
			row.NextOrder++
			return first(err, put(tx, &row, districts, 1, 1))
		},
		"a gap":  func(tx program.Tx) error { return tx.Delete(newOrders.key(0, 1, 25)) },
		"a line": func(tx program.Tx) error { return tx.Delete(lines.key(0, 0, 3, 2)) },
	} {
		s := engine.NewSerial(loaded(t, small))
		if _, err := program.Do(s, program.Program{Name: "spoil", Run: spoil}, never(t)); err != nil {
			t.Fatal(err)
		}
		if _, err := program.Do(s, Check(small), never(t)); err == nil {
			t.Errorf("%s is wrong, and the check passes", name)
		}
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The range of a prefix holds what begins with it, up to the greatest number.
func TestPrefixesAreWhole(t *testing.T) {
	r := lines.under(1, 255)
	for _, key := range [][]byte{lines.key(1, 255, 0), lines.key(1, 255, 1<<32-1, 9)} {
		if !r.Contains(key) {
			t.Errorf("%x is not under it", key)
		}
	}
	for _, key := range [][]byte{lines.key(1, 256, 0), lines.key(1, 254, 1<<32-1), items.key(1, 255, 0)} {
		if r.Contains(key) {
			t.Errorf("%x is under it", key)
		}
	}
}
