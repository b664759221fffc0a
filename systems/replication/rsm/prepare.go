package rsm

import (
	"fmt"
	"io"

	"github.com/parleysystems/parley/node"
)

// Preparer is a StateMachine that can read a state beside the node's loop, which
// else stands still for as long as that takes.
type Preparer interface {
	StateMachine

	// Prepare reads a state that a Capture wrote. It is pure: the present state
	// goes on meanwhile, and is not looked at.
	Prepare(r io.Reader) (Prepared, error)
}

// Prepared is a state that was read but is not in force. On the loop one of its
// methods is called, once.
type Prepared interface {
	// Adopt replaces the whole state by it, at a cost that does not grow with it.
	// After an error the state is void.
	Adopt() error
	// Discard gives it up.
	Discard()
}

// Preparing is an Applier whose Restore has two parts, of which the longer one
// may run beside the loop.
type Preparing interface {
	Applier

	// CanPrepare tells whether the state machine has two parts as well.
	CanPrepare() bool
	// Prepare is the part of Restore that leaves the present state alone.
	Prepare(index Index, r io.Reader) (Prepared, error)
}

// Prepare reads the newest snapshot, beside the loop if the applier can, and runs
// done with what was read. While that lasts the present state goes on: whether it
// is still to be replaced, done decides. An error means that the snapshot is
// unfit for use.
func (s *Snapshots) Prepare(app Applier, done func(Prepared, error)) {
	preparing, ok := app.(Preparing)
	if !ok || !preparing.CanPrepare() {
		done(&unread{s, app}, nil)
		return
	}
	f, err := s.disk.Open(snapshotName)
	if err != nil {
		done(nil, fmt.Errorf("rsm: open snapshot: %w", err))
		return
	}
	s.env.Job(func() any { return prepareFrom(f, preparing) }, func(result any) {
		f.Close()
		r := result.(preparation)
		done(r.state, r.err)
	})
}

type preparation struct {
	state Prepared
	err   error
}

// prepareFrom reads a snapshot's file, and no byte of it unverified.
func prepareFrom(f node.File, app Preparing) (p preparation) {
	r, err := newBlockReader(f)
	if err != nil {
		return preparation{err: err}
	}
	p.state, p.err = app.Prepare(r.header.Index, r)
	if p.err != nil {
		return preparation{err: fmt.Errorf("rsm: restore the snapshot at %d: %w", r.header.Index, p.err)}
	}
	if err := r.drain(); err != nil {
		p.state.Discard()
		return preparation{err: err}
	}
	return p
}

// unread is what is prepared of a state machine that reads its state on the loop.
type unread struct {
	snapshots *Snapshots
	app       Applier
}

func (u *unread) Adopt() error { return u.snapshots.Load(u.app.Restore) }

func (u *unread) Discard() {}

// prepared is a replica's whole state.
type prepared struct {
	replica *Replica
	index   Index
	table   *sessions
	machine Prepared
}

func (a *applier) CanPrepare() bool {
	_, can := a.machine.(Preparer)
	return can
}

// Prepare reads the sessions and the machine's state.
func (a *applier) Prepare(index Index, reader io.Reader) (Prepared, error) {
	table, err := decodeSessions(reader)
	if err != nil {
		return nil, err
	}
	machine, err := a.machine.(Preparer).Prepare(reader)
	if err != nil {
		return nil, fmt.Errorf("rsm: restore state at %d: %w", index, err)
	}
	return &prepared{(*Replica)(a), index, table, machine}, nil
}

func (p *prepared) Adopt() error {
	if err := p.machine.Adopt(); err != nil {
		return fmt.Errorf("rsm: restore state at %d: %w", p.index, err)
	}
	p.replica.restored(p.index, p.table)
	return nil
}

func (p *prepared) Discard() { p.machine.Discard() }
