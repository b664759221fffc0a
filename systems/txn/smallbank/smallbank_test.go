package smallbank_test

import (
	"testing"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/smallbank"
)

func TestAccountsAddUp(t *testing.T) {
	o, store := smallbank.Options{Customers: 20}, memory.New()
	if err := smallbank.Load(o, func(key, value []byte) error { store.Load(string(key), string(value)); return nil }); err != nil {
		t.Fatal(err)
	}
	s, client := engine.NewSerial(store), smallbank.NewClient(o, 1, 0)
	never := func(*scheme.Ticket) error { t.Fatal("somebody waits who is alone"); return nil }
	changes, names, gaveUp := int64(0), map[string]int{}, 0
	for range 500 {
		x := client.Next()
		out, err := program.Do(s, x.Program, never)
		if err != nil {
			t.Fatal(err)
		}
		names[x.Name]++
		if !out.Committed {
			gaveUp++
			continue
		}
		changes += x.Change
	}
	if len(names) != 6 || gaveUp == 0 || changes == 0 {
		t.Errorf("%v, of which %d gave up; the sum changed by %d", names, gaveUp, changes)
	}
	if _, err := program.Do(s, smallbank.Check(o, changes), never); err != nil {
		t.Error(err)
	}
	if _, err := program.Do(s, smallbank.Check(o, changes+1), never); err == nil {
		t.Error("a cent is missing, and the check passes")
	}
}
