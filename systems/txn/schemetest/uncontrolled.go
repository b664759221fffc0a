package schemetest

import (
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Uncontrolled is no concurrency control at all: transactions read what is in the store
// and write there at once. It is what the schemes are held against.
type Uncontrolled struct{ Store scheme.Store }

// Name implements scheme.Scheme.
func (u Uncontrolled) Name() string { return "none" }

// Begin implements scheme.Scheme.
func (u Uncontrolled) Begin(scheme.Options) scheme.Txn {
	return &uncontrolled{store: u.Store, unit: u.Store.Begin()}
}

type uncontrolled struct {
	store scheme.Store
	unit  scheme.Unit
}

func (t *uncontrolled) Get(key []byte) (value []byte, found bool, err error) {
	return t.store.Get(key)
}

func (t *uncontrolled) Put(key, value []byte) error { return t.unit.Put(key, value) }
func (t *uncontrolled) Delete(key []byte) error     { return t.unit.Delete(key) }
func (t *uncontrolled) Commit() error               { return t.unit.Commit() }
func (t *uncontrolled) Abort() error                { return t.unit.Rollback() }

func (t *uncontrolled) Scan(r scheme.Range) scheme.Cursor {
	return workspace.Scan(r, bare{t.store}, new(workspace.Writes))
}

// bare implements workspace.View.
type bare struct{ scheme.Store }

func (bare) Passed(scheme.Range) {}
