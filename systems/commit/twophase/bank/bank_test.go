package bank_test

import (
	"errors"
	"testing"

	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

var (
	one = twophase.TxID{Coordinator: "c/coordinator", Incarnation: 1, Number: 1}
	two = twophase.TxID{Coordinator: "c/coordinator", Incarnation: 1, Number: 2}
)

func do(b *bank.Bank, tx twophase.TxID, op []byte) (amount int64, err error) {
	b.Execute(tx, op, func(result []byte, failed error) {
		if err = failed; err == nil {
			amount, err = bank.Amount(result)
		}
	})
	return amount, err
}

func TestReadersShareAndWritersDoNot(t *testing.T) {
	b := bank.New(map[string]int64{"x": 5})
	for _, tx := range []twophase.TxID{one, two} {
		if got, err := do(b, tx, bank.Read("x")); got != 5 || err != nil {
			t.Fatal(got, err)
		}
	}
	if _, err := do(b, one, bank.Add("x", 1)); !errors.Is(err, bank.ErrLocked) {
		t.Errorf("a reader became a writer beside another reader: %v", err)
	}
	b.Commit(two)
	if got, err := do(b, one, bank.Add("x", 1)); got != 6 || err != nil {
		t.Errorf("the only reader cannot become a writer: %d, %v", got, err)
	}
	if _, err := do(b, two, bank.Read("x")); !errors.Is(err, bank.ErrLocked) {
		t.Errorf("a reader beside a writer: %v", err)
	}
}

func TestNobodySeesWhatIsNotCommittedAndAbortUndoesIt(t *testing.T) {
	b := bank.New(map[string]int64{"x": 5})
	if _, err := do(b, one, bank.Add("x", -3)); err != nil {
		t.Fatal(err)
	}
	if b.Balance("x") != 5 {
		t.Errorf("before the commit the balance is %d", b.Balance("x"))
	}
	b.Abort(one)
	if b.Balance("x") != 5 || b.Locked("x") {
		t.Errorf("after the abort: %d, locked %v", b.Balance("x"), b.Locked("x"))
	}
}

func TestAnOverdraftIsNotPrepared(t *testing.T) {
	b := bank.New(map[string]int64{"x": 5})
	if _, err := do(b, one, bank.Add("x", -6)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Prepare(one); !errors.Is(err, bank.ErrOverdraft) {
		t.Errorf("prepare: %v", err)
	}
}

func TestAPreparedTransactionSurvivesWithItsLocks(t *testing.T) {
	b := bank.New(map[string]int64{"x": 5, "y": 1})
	if _, err := do(b, one, bank.Add("x", -3)); err != nil {
		t.Fatal(err)
	}
	changes, err := b.Prepare(one)
	if err != nil {
		t.Fatal(err)
	}
	again := bank.New(nil)
	if err := errors.Join(again.Load(b.Save()), again.Restore(one, changes)); err != nil {
		t.Fatal(err)
	}
	if _, err := do(again, two, bank.Read("x")); !errors.Is(err, bank.ErrLocked) {
		t.Errorf("the account is not locked: %v", err)
	}
	again.Commit(one)
	if again.Balance("x") != 2 || again.Balance("y") != 1 || again.Total() != 3 {
		t.Errorf("x has %d, y has %d", again.Balance("x"), again.Balance("y"))
	}
}

func TestWhatIsNoOperationOrStateIsRefused(t *testing.T) {
	b := bank.New(map[string]int64{"x": 5})
	if _, err := do(b, one, []byte{0xff, 1, 2}); err == nil {
		t.Error("garbage was executed")
	}
	if _, err := do(b, one, bank.Read("z")); err == nil {
		t.Error("an account that does not exist was read")
	}
	if b.Load([]byte{0xff}) == nil || b.Restore(one, []byte{0xff}) == nil {
		t.Error("garbage was loaded")
	}
}
