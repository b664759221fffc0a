package main

import (
	"path/filepath"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

func openMemory(_ string, c schemes.Choice, load *ycsb.Generator) (bank, error) {
	rows := memory.New()
	err := load.Load(func(key, value []byte) error { rows.Load(string(key), string(value)); return nil })
	return &latched{scheme: c.New(rows)}, err
}

// database is the storage engine.
type database struct{ *engine.DB }

func openEngine(dir string, c schemes.Choice, load *ycsb.Generator) (bank, error) {
	db, err := engine.Open(filepath.Join(dir, "rows"), &engine.Options{Scheme: c.New})
	if err != nil {
		return nil, err
	}
	return database{db}, fill(db, load)
}

// fill loads the rows, some thousand a transaction.
func fill(db *engine.DB, load *ycsb.Generator) error {
	const batch = 5000
	var keys, values [][]byte
	flush := func() error {
		defer func() { keys, values = nil, nil }()
		return db.Update(func(tx *engine.Tx) error {
			for i := range keys {
				if err := tx.Put(keys[i], values[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := load.Load(func(key, value []byte) error {
		if keys, values = append(keys, key), append(values, value); len(keys) == batch {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Do implements bank.
func (d database) Do(p program.Program) (aborts int, err error) {
	tries := 0
	do := d.Transact
	if p.ReadOnly {
		do = d.View
	}
	err = do(func(tx *engine.Tx) error {
		tries++
		return p.Run(rows{tx})
	})
	return max(0, tries-1), err
}

// rows implements program.Tx.
type rows struct{ *engine.Tx }

// Scan implements program.Tx.
func (r rows) Scan(s scheme.Range, visit func(key, value []byte) (more bool)) error {
	walk := r.Ascend
	if s.Reverse {
		walk = r.Descend
	}
	for key, value := range walk(s.From, s.To) {
		if !visit(key, value) {
			return nil
		}
	}
	return r.Err()
}
