package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// inMemory are the stores that were loaded, by how many rows they have.
var inMemory = map[int]*memory.Store{}

func openMemory(o options, c schemes.Choice, load *ycsb.Generator) (bank, error) {
	rows := inMemory[o.rows]
	if rows == nil {
		rows = memory.Volatile()
		inMemory[o.rows] = rows
		err := load.Load(func(key, value []byte) error { rows.Load(string(key), string(value)); return nil })
		if err != nil {
			return nil, err
		}
	}
	return &owner{scheme: c.New(rows)}, nil
}

func (o *owner) close() error { return nil }

// database is the storage engine.
type database struct{ *engine.DB }

func openEngine(o options, c schemes.Choice, load *ycsb.Generator) (bank, error) {
	dir := filepath.Join(o.work, strconv.Itoa(o.rows))
	_, missing := os.Stat(dir)
	if missing != nil {
		if err := create(dir, load); err != nil {
			return nil, err
		}
	}
	db, err := engine.Open(dir, &engine.Options{Scheme: c.New, Memory: 512 << 20})
	return database{db}, err
}

// create makes the database once; schemes are changed between two openings.
func create(dir string, load *ycsb.Generator) error {
	db, err := engine.Open(dir, &engine.Options{Memory: 512 << 20})
	if err != nil {
		return err
	}
	return errors.Join(fill(db, load), db.Close())
}

func (d database) run(t time.Duration, clients []*ycsb.Generator) (point, error) {
	r := &race{db: d}
	return r.run(t, clients), r.err
}

func (d database) close() error { return d.Close() }

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

// Do runs a program until it has committed, and tells how often it was aborted.
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
