package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
)

func openUnder(t *testing.T, c schemes.Choice) *engine.DB {
	t.Helper()
	db, err := engine.Open(t.TempDir(), &engine.Options{Scheme: c.New})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

// Goroutines append to lists, read and scan them beside each other, on real files; what
// they saw is judged.
func TestSchemesIsolateGoroutines(t *testing.T) {
	for _, c := range schemes.All() {
		t.Run(c.Name, func(t *testing.T) {
			w := &writers{db: openUnder(t, c), start: time.Now()}
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() { w.run(t, i) })
			}
			all.Wait()
			level := isolation.StrictSerializable
			if !c.Serializable {
				level = isolation.StrongSnapshot
			}
			if j := isolation.Judge(w.sorted(), level, isolation.Options{}); j.Verdict != check.OK {
				t.Errorf("%v", j)
			}
		})
	}
}

// writers are goroutines, and what they saw.
type writers struct {
	db     *engine.DB
	start  time.Time
	mu     sync.Mutex // guards what follows
	seen   isolation.History
	values int
}

func (w *writers) run(t *testing.T, process int) {
	r := rand.New(rand.NewPCG(uint64(process), 9))
	for range 40 {
		txn := isolation.Txn{Process: process, Call: time.Since(w.start), Outcome: workload.OK}
		do := w.db.Transact
		reads := r.IntN(3) == 0
		if reads {
			do = w.db.View
		}
		err := do(func(tx *engine.Tx) error {
			txn.Accesses = nil
			for range 1 + r.IntN(3) {
				if err := w.access(tx, r, &txn, reads); err != nil {
					return err
				}
			}
			return nil
		})
		txn.Return = time.Since(w.start)
		if err != nil {
			t.Errorf("process %d: %v", process, err)
			return
		}
		w.mu.Lock()
		w.seen = append(w.seen, txn)
		w.mu.Unlock()
	}
}

func (w *writers) access(tx *engine.Tx, r *rand.Rand, txn *isolation.Txn, reads bool) error {
	k := r.IntN(6)
	if r.IntN(4) == 0 {
		return scan(tx, k, txn)
	}
	key := fmt.Sprint("k", k)
	value, _, err := tx.Get([]byte(key))
	if err != nil {
		return err
	}
	txn.Accesses = append(txn.Accesses, isolation.Access{Verb: workload.Read, Key: key, List: split(value)})
	if reads {
		return nil
	}
	w.mu.Lock()
	w.values++
	unique := fmt.Sprint(w.values)
	w.mu.Unlock()
	if len(value) > 0 {
		value = append(value, ',')
	}
	txn.Accesses = append(txn.Accesses, isolation.Access{Verb: workload.Append, Key: key, Value: unique})
	return tx.Put([]byte(key), append(value, unique...))
}

// scan reads the keys from one on, those that are not there included.
func scan(tx *engine.Tx, from int, txn *isolation.Txn) error {
	seen := map[string][]string{}
	for k, v := range tx.Ascend(fmt.Append(nil, "k", from), []byte("k6")) {
		seen[string(k)] = split(v)
	}
	for k := from; k < 6; k++ {
		key := fmt.Sprint("k", k)
		txn.Accesses = append(txn.Accesses, isolation.Access{Verb: workload.Read, Key: key, List: seen[key], Predicate: true})
	}
	return tx.Err()
}

func split(value []byte) []string {
	if len(value) == 0 {
		return nil
	}
	return strings.Split(string(value), ",")
}

// sorted returns what was seen in the order of the calls.
func (w *writers) sorted() isolation.History {
	h := w.seen
	for i := range h {
		for j := i; j > 0 && h[j].Call < h[j-1].Call; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
	return h
}

// A View is one of the transactions of its scheme, also where the order of commits is not
// that of serialization: it does not see the read-only anomaly.
func TestViewsSeeWhatTheirSchemeAllows(t *testing.T) {
	for _, c := range schemes.All() {
		if !c.Serializable || strings.HasPrefix(c.Name, "2pl") || c.Name == "serial" {
			continue // under locks the second of the two would wait, here for ever
		}
		db := openUnder(t, c)
		must(t, db.Update(func(tx *engine.Tx) error {
			return errors.Join(tx.Put([]byte("x"), []byte("0")), tx.Put([]byte("y"), []byte("0")))
		}))
		slow, err := db.Begin(true)
		must(t, err)
		x, _, err := slow.Get([]byte("x"))
		must(t, err)
		_, _, err = slow.Get([]byte("y"))
		must(t, err)
		must(t, db.Transact(func(tx *engine.Tx) error { return tx.Put([]byte("y"), []byte("20")) }))
		must(t, db.View(func(tx *engine.Tx) error {
			_, _, err := tx.Get([]byte("x"))
			if err != nil {
				return err
			}
			y, _, err := tx.Get([]byte("y"))
			if string(y) != "20" {
				t.Errorf("%s: a View reads y=%s after 20 was committed", c.Name, y)
			}
			return err
		}))
		err = slow.Put([]byte("x"), append(x, '1'))
		if err == nil {
			err = slow.Commit()
		}
		var abort *scheme.Abort
		if !errors.As(err, &abort) {
			t.Errorf("%s: who read y before 20, and writes x that a View read beside 20, commits: %v", c.Name, err)
		}
		must(t, slow.Rollback())
	}
}

// Goroutines that read a counter for update, and then write it, are not aborted under
// locks: nobody holds what another waits for with the same in mind.
func TestReadingForUpdateAvoidsDeadlocks(t *testing.T) {
	c, err := schemes.Find("2pl")
	must(t, err)
	db := openUnder(t, c)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				err := db.Update(func(tx *engine.Tx) error {
					v, _, err := tx.GetForUpdate([]byte("n"))
					if err != nil {
						return err
					}
					return tx.Put([]byte("n"), append(v, '1'))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	must(t, db.View(func(tx *engine.Tx) error {
		v, _, err := tx.GetForUpdate([]byte("n"))
		if len(v) != 80 {
			t.Errorf("80 have counted, and the counter is %d", len(v))
		}
		return err
	}))
}
