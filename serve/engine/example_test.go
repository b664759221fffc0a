package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/schemes"
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

// scratch returns an empty database, and what ends it.
func scratch() (db *engine.DB, end func()) {
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		panic(err)
	}
	if db, err = engine.Open(filepath.Join(dir, "db"), nil); err != nil {
		panic(err)
	}
	return db, func() {
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}
}

// A prefix is what a bucket is elsewhere.
func ExampleTx_Prefix() {
	db, end := scratch()
	defer end()
	err := db.Update(func(tx *engine.Tx) error {
		for _, key := range []string{"user/ann", "user/bob", "order/1"} {
			if err := tx.Put([]byte(key), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = db.View(func(tx *engine.Tx) error {
		for key := range tx.Prefix([]byte("user/")) {
			fmt.Printf("%s\n", key)
		}
		return tx.Err()
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// user/ann
	// user/bob
}

// Under a scheme that lets writers run side by side one of them may have to begin anew:
// Transact does so.
func ExampleDB_Transact() {
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	occ, err := schemes.Find("occ")
	if err != nil {
		fmt.Println(err)
		return
	}
	db, err := engine.Open(dir, &engine.Options{Scheme: occ.New})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			err := db.Transact(func(tx *engine.Tx) error {
				old, _, err := tx.Get([]byte("counter"))
				if err != nil {
					return err
				}
				return tx.Put([]byte("counter"), append(old, '|'))
			})
			if err != nil {
				fmt.Println(err)
			}
		})
	}
	wait.Wait()
	err = db.View(func(tx *engine.Tx) error {
		value, _, err := tx.Get([]byte("counter"))
		fmt.Printf("%s\n", value)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: ||||||||||
}

// A session goes on after it has taken a part of its work back.
func ExampleTx_Savepoint() {
	db, end := scratch()
	defer end()
	tx, err := db.Begin(true)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tx.Rollback() // does nothing after Commit
	if err := tx.Put([]byte("order"), []byte("book")); err != nil {
		fmt.Println(err)
		return
	}
	p, err := tx.Savepoint()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tx.Put([]byte("order"), []byte("book, lamp")); err != nil {
		fmt.Println(err)
		return
	}
	if err := tx.RollbackTo(p); err != nil { // no lamp after all
		fmt.Println(err)
		return
	}
	value, _, err := tx.Get([]byte("order"))
	fmt.Printf("%s %v\n", value, err)
	fmt.Println(tx.Commit())
	// Output:
	// book <nil>
	// <nil>
}

// A backup is taken while the database is in use, and restored elsewhere.
func ExampleDB_Backup() {
	db, end := scratch()
	defer end()
	if err := db.Update(func(tx *engine.Tx) error { return tx.Put([]byte("k"), []byte("v")) }); err != nil {
		fmt.Println(err)
		return
	}
	var backup bytes.Buffer // or a file
	if err := db.Backup(context.Background(), &backup); err != nil {
		fmt.Println(err)
		return
	}
	elsewhere := db.Path() + "-copy"
	if err := engine.Restore(elsewhere, &backup, "", nil); err != nil {
		fmt.Println(err)
		return
	}
	restored, err := engine.Open(elsewhere, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer restored.Close()
	err = restored.View(func(tx *engine.Tx) error {
		value, found, err := tx.Get([]byte("k"))
		fmt.Printf("%s %v\n", value, found)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: v true
}

// What a key too long does to a transaction: nothing.
func ExampleErrKeyTooLong() {
	db, end := scratch()
	defer end()
	err := db.Update(func(tx *engine.Tx) error {
		if err := tx.Put(make([]byte, 5000), nil); errors.Is(err, engine.ErrKeyTooLong) {
			fmt.Println(err)
		}
		return tx.Put([]byte("k"), nil)
	})
	fmt.Println(err)
	// Output:
	// engine: key is too long: 5000 bytes, and 1024 are the most
	// <nil>
}
