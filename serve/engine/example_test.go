package engine_test

import (
	"fmt"
	"os"

	"github.com/parleysystems/parley/serve/engine"
)

// Two accounts, a transfer between them, and a walk over all.
func Example() {
	dir, err := os.MkdirTemp("", "accounts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	db, err := engine.Open(dir, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	err = db.Update(func(tx *engine.Tx) error {
		if err := tx.Put([]byte("alice"), []byte("90")); err != nil {
			return err
		}
		return tx.Put([]byte("bob"), []byte("10"))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = db.View(func(tx *engine.Tx) error {
		for name, balance := range tx.Ascend(nil, nil) {
			fmt.Printf("%s has %s\n", name, balance)
		}
		return tx.Err()
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// alice has 90
	// bob has 10
}
