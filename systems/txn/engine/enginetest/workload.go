package enginetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Work is a unit of work that is open or has called Commit.
type Work struct {
	unit   scheme.Unit
	writes Writes
	save   scheme.Savepoint
	saved  Writes
	number int // of its commit in the model
}

// Load does things to a database and keeps the model up to date.
type Load struct {
	*rand.Rand
	db    *engine.Database
	host  *Host
	model *Model
	knobs Knobs

	open       []*Work
	committing []*Work
	owner      map[string]*Work // S1: nobody else writes the key
	held       []scheme.Snapshot
	tooOld     int // snapshots that were given up
	waited     int // times that there was no snapshot to be had
	marks      func(name string, reached bool)
}

// do calls an operation until it does not have to wait.
func (l *Load) do(operation func() error) error {
	for {
		err := operation()
		wait, ok := scheme.Waiting(err)
		if !ok {
			return err
		}
		l.marks("an operation waited", true)
		for !wait.Fired() && l.db.Err() == nil {
			if !l.host.Step() {
				panic("stuck: a ticket does not fire, and nothing is under way")
			}
		}
		if err := l.db.Err(); err != nil {
			return err
		}
	}
}

// Step does one thing.
func (l *Load) Step() error {
	for range l.IntN(l.knobs.Pace) {
		l.host.Step()
	}
	if err := l.poll(); err != nil {
		return err
	}
	switch n := l.IntN(100); {
	case len(l.open) == 0, n < 8 && len(l.open) < l.knobs.Units:
		l.open = append(l.open, &Work{unit: l.db.Begin(), writes: Writes{}})
		return nil
	case n < 60:
		return l.put(l.pick())
	case n < 75:
		return l.remove(l.pick())
	case n < 80:
		return l.savepoint(l.pick())
	case n < 91:
		return l.commit(l.pick())
	case n < 94:
		return l.rollback(l.pick())
	case n < 97:
		return l.snapshot()
	case n < 98:
		l.db.Checkpoint(func(error) {})
		return nil
	}
	return l.writeSome()
}

// writeSome asks for dirty pages to be written, and does not wait for all.
func (l *Load) writeSome() error {
	err := l.db.WriteAll()
	if _, waits := scheme.Waiting(err); waits {
		return nil
	}
	return err
}

func (l *Load) pick() *Work { return l.open[l.IntN(len(l.open))] }

// key draws a key that the unit may write.
func (l *Load) key(w *Work) (string, bool) {
	key := l.knobs.Key(l.Rand)
	owner := l.owner[key]
	return key, owner == nil || owner == w
}

func (l *Load) put(w *Work) error {
	key, free := l.key(w)
	if !free {
		return nil
	}
	value := strings.Repeat(string(rune('a'+l.IntN(26))), l.knobs.Length(l.Rand, l.db))
	l.marks("a value in a chain", len(value) > 200)
	if err := l.do(func() error { return w.unit.Put([]byte(key), []byte(value)) }); err != nil {
		return err
	}
	l.owner[key] = w
	w.writes[key] = &value
	return l.same(w, key)
}

func (l *Load) remove(w *Work) error {
	key, free := l.key(w)
	if !free {
		return nil
	}
	if err := l.do(func() error { return w.unit.Delete([]byte(key)) }); err != nil {
		return err
	}
	l.owner[key] = w
	w.writes[key] = nil
	return l.same(w, key)
}

// same checks that the database shows what was just written.
func (l *Load) same(w *Work, key string) error {
	var value string
	var found bool
	err := l.do(func() error {
		v, f, err := l.db.Get([]byte(key))
		value, found = string(v), f
		return err
	})
	if err != nil {
		return err
	}
	want, should := "", w.writes[key] != nil
	if should {
		want = *w.writes[key]
	}
	if found != should || value != want {
		return fmt.Errorf("key %q was just written: it is %s, and should be %s", key, shown(value, found), shown(want, should))
	}
	return nil
}

// savepoint takes one, or rolls back to it.
func (l *Load) savepoint(w *Work) error {
	if w.saved == nil {
		w.save, w.saved = w.unit.Savepoint(), maps.Clone(w.writes)
		return nil
	}
	l.marks("a partial rollback", len(w.writes) > len(w.saved))
	if err := l.do(func() error { return w.unit.RollbackTo(w.save) }); err != nil {
		return err
	}
	w.writes, w.saved = w.saved, nil
	return nil
}

func (l *Load) close(w *Work) {
	for i, o := range l.open {
		if o == w {
			l.open = append(l.open[:i], l.open[i+1:]...)
			return
		}
	}
}

func (l *Load) release(w *Work) {
	for key, owner := range l.owner {
		if owner == w {
			delete(l.owner, key)
		}
	}
}

func (l *Load) commit(w *Work) error {
	l.close(w)
	if w.unit.Savepoint() != 0 { // it has logged something
		w.number = l.model.Called(w.writes)
	}
	l.committing = append(l.committing, w)
	return l.poll()
}

// poll asks again how the commits under way have got on.
func (l *Load) poll() error {
	rest := l.committing[:0]
	for _, w := range l.committing {
		err := w.unit.Commit()
		if _, waits := scheme.Waiting(err); waits {
			rest = append(rest, w)
			continue
		}
		if err != nil {
			return err
		}
		l.model.Ack(w.number)
		l.release(w)
	}
	l.committing = rest
	return nil
}

func (l *Load) rollback(w *Work) error {
	l.close(w)
	if err := l.do(w.unit.Rollback); err != nil {
		return err
	}
	l.marks("a rollback", len(w.writes) > 0)
	l.release(w)
	return nil
}
