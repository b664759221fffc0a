package engine

import (
	"errors"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// view is the reading of one durable state, the newest when it first reads.
type view struct {
	db     *DB
	slot   *slot
	reader storage.Reader
	begun  bool
	over   bool // its transaction is: a slot taken now nobody would free
}

// read calls f with the latch shared, again after each page that was missing.
func (v *view) read(f func(*storage.Reader) error) error {
	if v.over {
		return ErrEnded
	}
	if v.slot == nil {
		v.slot = v.db.readers.take()
	}
	for {
		err := v.shared(f)
		if err == nil {
			return nil
		}
		if err = v.resolve(err); err != nil {
			return err
		}
	}
}

// shared calls f once. A panic of f's must not leave the latch taken.
func (v *view) shared(f func(*storage.Reader) error) error {
	v.db.latch.share(v.slot)
	defer v.db.latch.unshare(v.slot)
	if err := v.begin(); err != nil {
		return err
	}
	return f(&v.reader)
}

// errIncomplete says that the newest durable state cannot be read yet.
var errIncomplete = errors.New("versions were given up")

func (v *view) begin() error {
	if v.db.closing.Load() {
		return ErrClosed
	}
	if v.begun {
		return nil
	}
	r, ok := v.db.core.Reader()
	if !ok {
		return errIncomplete
	}
	v.slot.reads(r.Seq())
	v.reader, v.begun = r, true
	return nil
}

// resolve does something about an error that is not final.
func (v *view) resolve(err error) error {
	if err == errIncomplete {
		return v.db.do(func() error {
			s, err := v.db.core.Snapshot()
			if err == nil {
				s.Close()
			}
			return err
		})
	}
	var miss *scheme.Miss
	if !errors.As(err, &miss) {
		return err
	}
	miss.Warm()
	return v.db.do(miss.Load)
}

func (v *view) end() {
	v.over = true
	if v.slot != nil {
		v.slot.free()
		v.slot, v.begun = nil, false
	}
}
