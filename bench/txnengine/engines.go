package main

import (
	"database/sql"
	"errors"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/dgraph-io/badger/v4"
	"go.etcd.io/bbolt"
	_ "modernc.org/sqlite"

	"github.com/parleysystems/parley/serve/engine"
)

// store is what the load needs of an engine.
type store interface {
	fill(rows int, row func(i int) (key, value []byte)) error
	put(key, value []byte) error // durable when it returns
	get(key []byte) error        // an error if there is no such key
	close() error
}

type peer struct {
	name string
	open func(dir string) (store, error)
}

var peers = []peer{
	{"parley", openParley}, {"pebble", openPebble}, {"bbolt", openBolt}, {"badger", openBadger}, {"sqlite", openSQLite},
}

var errMissing = errors.New("a row is missing")

type parley struct{ db *engine.DB }

func openParley(dir string) (store, error) {
	db, err := engine.Open(dir, &engine.Options{Memory: 256 << 20})
	return parley{db}, err
}

func (s parley) fill(rows int, row func(int) (key, value []byte)) error {
	for i := 0; i < rows; {
		err := s.db.Update(func(tx *engine.Tx) error {
			for end := min(rows, i+1000); i < end; i++ {
				if err := tx.Put(row(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s parley) put(key, value []byte) error {
	return s.db.Update(func(tx *engine.Tx) error { return tx.Put(key, value) })
}

func (s parley) get(key []byte) error {
	return s.db.View(func(tx *engine.Tx) error {
		_, found, err := tx.Get(key)
		if err == nil && !found {
			err = errMissing
		}
		return err
	})
}

func (s parley) close() error { return s.db.Close() }

type pebbled struct{ db *pebble.DB }

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(string, ...any) {}

func openPebble(dir string) (store, error) {
	cache := pebble.NewCache(256 << 20)
	defer cache.Unref()
	db, err := pebble.Open(dir, &pebble.Options{Cache: cache, Logger: silent{}})
	return pebbled{db}, err
}

func (s pebbled) fill(rows int, row func(int) (key, value []byte)) error {
	b := s.db.NewBatch()
	for i := range rows {
		key, value := row(i)
		if err := b.Set(key, value, nil); err != nil {
			return err
		}
	}
	return b.Commit(pebble.Sync)
}

func (s pebbled) put(key, value []byte) error { return s.db.Set(key, value, pebble.Sync) }

func (s pebbled) get(key []byte) error {
	_, closer, err := s.db.Get(key)
	if err == nil {
		err = closer.Close()
	}
	return err
}

func (s pebbled) close() error { return s.db.Close() }

type bolt struct{ db *bbolt.DB }

var bucket = []byte("rows")

func openBolt(dir string) (store, error) {
	db, err := bbolt.Open(filepath.Join(dir, "db"), 0o600, nil)
	return bolt{db}, err
}

func (s bolt) fill(rows int, row func(int) (key, value []byte)) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucket)
		for i := 0; i < rows && err == nil; i++ {
			err = b.Put(row(i))
		}
		return err
	})
}

func (s bolt) put(key, value []byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, value) })
}

func (s bolt) get(key []byte) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucket).Get(key) == nil {
			return errMissing
		}
		return nil
	})
}

func (s bolt) close() error { return s.db.Close() }

type badgered struct{ db *badger.DB }

func openBadger(dir string) (store, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithSyncWrites(true).WithLogger(nil))
	return badgered{db}, err
}

func (s badgered) fill(rows int, row func(int) (key, value []byte)) error {
	b := s.db.NewWriteBatch()
	for i := range rows {
		key, value := row(i)
		if err := b.Set(key, value); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (s badgered) put(key, value []byte) error {
	return s.db.Update(func(tx *badger.Txn) error { return tx.Set(key, value) })
}

func (s badgered) get(key []byte) error {
	return s.db.View(func(tx *badger.Txn) error {
		item, err := tx.Get(key)
		if err == nil {
			err = item.Value(func([]byte) error { return nil })
		}
		return err
	})
}

func (s badgered) close() error { return s.db.Close() }

type sqlite struct {
	db       *sql.DB
	put1, g1 *sql.Stmt
}

func openSQLite(dir string) (store, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=cache_size(-262144)&_txlock=immediate")
	if err == nil {
		_, err = db.Exec("create table rows (k blob primary key, v blob) without rowid")
	}
	s := &sqlite{db: db}
	if err == nil {
		s.put1, err = db.Prepare("insert or replace into rows values (?, ?)")
	}
	if err == nil {
		s.g1, err = db.Prepare("select v from rows where k = ?")
	}
	return s, err
}

func (s *sqlite) fill(rows int, row func(int) (key, value []byte)) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	st := tx.Stmt(s.put1)
	for i := range rows {
		key, value := row(i)
		if _, err := st.Exec(key, value); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqlite) put(key, value []byte) error {
	_, err := s.put1.Exec(key, value)
	return err
}

func (s *sqlite) get(key []byte) error {
	var v []byte
	return s.g1.QueryRow(key).Scan(&v)
}

func (s *sqlite) close() error { return s.db.Close() }
