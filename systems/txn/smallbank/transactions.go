package smallbank

import "github.com/parleysystems/parley/systems/txn/program"

// both reads both accounts of a customer.
func both(tx program.Tx, customer int) (inChecking, inSavings int64, err error) {
	if inSavings, err = get(tx, savings, customer); err != nil {
		return 0, 0, err
	}
	inChecking, err = get(tx, checking, customer)
	return inChecking, inSavings, err
}

func balance(a int) *Transaction {
	return transaction("Balance", func(_ *Transaction, tx program.Tx) error {
		_, _, err := both(tx, a)
		return err
	})
}

func deposit(a int, amount int64) *Transaction {
	return transaction("DepositChecking", func(t *Transaction, tx program.Tx) error {
		n, err := get(tx, checking, a)
		if err != nil {
			return err
		}
		t.Change = amount
		return put(tx, checking, a, n+amount)
	})
}

// transact gives up if there is less in savings than it is to take.
func transact(a int, amount int64) *Transaction {
	return transaction("TransactSavings", func(t *Transaction, tx program.Tx) error {
		n, err := get(tx, savings, a)
		if err != nil {
			return err
		}
		if n+amount < 0 {
			return program.ErrGivenUp
		}
		t.Change = amount
		return put(tx, savings, a, n+amount)
	})
}

func amalgamate(a, b int) *Transaction {
	return transaction("Amalgamate", func(_ *Transaction, tx program.Tx) error {
		if a == b {
			return nil
		}
		inChecking, inSavings, err := both(tx, a)
		if err != nil {
			return err
		}
		n, err := get(tx, checking, b)
		if err != nil {
			return err
		}
		if err := put(tx, savings, a, 0); err != nil {
			return err
		}
		if err := put(tx, checking, a, 0); err != nil {
			return err
		}
		return put(tx, checking, b, n+inChecking+inSavings)
	})
}

// check takes from checking, whether or not both accounts cover it: this is where a
// snapshot is not enough, for savings may have been taken from meanwhile.
func check(a int, amount int64) *Transaction {
	return transaction("WriteCheck", func(t *Transaction, tx program.Tx) error {
		inChecking, inSavings, err := both(tx, a)
		if err != nil {
			return err
		}
		t.Change = -amount
		if inChecking+inSavings < amount {
			t.Change--
		}
		return put(tx, checking, a, inChecking+t.Change)
	})
}

// send gives up if there is less in checking than it is to send.
func send(a, b int, amount int64) *Transaction {
	return transaction("SendPayment", func(_ *Transaction, tx program.Tx) error {
		from, err := get(tx, checking, a)
		if err != nil {
			return err
		}
		if from < amount {
			return program.ErrGivenUp
		}
		to, err := get(tx, checking, b)
		if err != nil || a == b {
			return err
		}
		if err := put(tx, checking, a, from-amount); err != nil {
			return err
		}
		return put(tx, checking, b, to+amount)
	})
}
