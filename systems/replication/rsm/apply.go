package rsm

import (
	"fmt"
	"io"
)

// applier is the side of a Replica that its engine sees.
type applier Replica

// Apply executes a batch and answers those that wait here for its commands.
func (a *applier) Apply(index Index, command []byte) {
	r := (*Replica)(a)
	if index <= r.applied {
		panic(fmt.Sprintf("rsm: apply of %d after %d", index, r.applied))
	}
	if err := r.apply(index, command, r.applyItem); err != nil {
		r.env.Halt(fmt.Errorf("rsm: apply command %d: %w", index, err))
	}
}

// apply hands the items of a batch on, one by one.
func (r *Replica) apply(index Index, command []byte, do func(Index, item)) error {
	r.applied = index
	r.applies++
	for len(command) > 0 {
		it, rest, err := nextItem(command)
		if err != nil {
			return err
		}
		do(index, it)
		command = rest
	}
	r.applies--
	if r.applies == 0 {
		r.pipes.tell(r)
	}
	r.outbox.landed(r.applied, r.own.acked())
	r.flush()
	return nil
}

func (r *Replica) applyItem(index Index, it item) {
	if it.opens() {
		r.opened(it.seq, r.sessions.open(index, it))
		return
	}
	result, err := r.sessions.execute(it, func(body []byte) []byte { return r.machine.Apply(index, body) })
	r.executed(it, result, err)
}

// opened answers those here who have asked for a session.
func (r *Replica) opened(nonce, id uint64) {
	if nonce == r.own.nonce {
		r.own.opened(id)
	}
	r.remote.opened(r, nonce, id)
}

// executed answers those here who wait for a command.
func (r *Replica) executed(it item, result []byte, err error) {
	if it.session == r.own.id {
		r.applyOwn(it.seq, result, err)
	}
	r.remote.executed(r, it, result, err)
	r.pipes.executed(r, it, result, err)
}

func (r *Replica) applyOwn(seq uint64, result []byte, err error) {
	r.own.progress = r.env.Elapsed()
	switch err {
	case nil:
		r.own.finish(seq, result, nil)
	case ErrSessionExpired:
		r.expired(r.own.id)
	}
	// Any other error is a late copy's, for which nobody waits.
}

// Capture returns the sessions and the machine's state as they are now.
func (a *applier) Capture() Capture {
	//parley:rule primarybackup.transfer.method value=&capture{sessions:newSessions().encode(),machine:a.machine.Capture()}
	return &capture{sessions: a.sessions.encode(), machine: a.machine.Capture()}
}

// LeaderChanged passes the engine's notice on.
func (a *applier) LeaderChanged() { (*Replica)(a).leaderChanged() }

// Restore replaces the state.
func (a *applier) Restore(index Index, reader io.Reader) error {
	r := (*Replica)(a)
	table, err := decodeSessions(reader)
	if err != nil {
		return err
	}
	if err := r.machine.Restore(reader); err != nil {
		return fmt.Errorf("rsm: restore state at %d: %w", index, err)
	}
	r.restored(index, table)
	return nil
}

// restored settles what waited for commands that were skipped over: the table
// that came with the state knows their results.
func (r *Replica) restored(index Index, table *sessions) {
	r.sessions, r.applied = table, index
	r.own.settle(table)
	r.remote.settle(r)
	r.outbox.landed(r.applied, r.own.acked())
}

// settle ends the proposals that the restored state has executed already. If
// the session itself has expired their outcome is lost.
func (o *ownSession) settle(table *sessions) {
	if o.id == 0 {
		return
	}
	_, alive := table.byID[o.id]
	for i := 0; i < o.proposals.len(); i++ {
		switch result, found := table.find(o.id, o.base+uint64(i)); {
		case found:
			o.end(i, result, nil)
		case !alive && o.proposals.at(i).left:
			o.end(i, nil, ErrUnknown)
		}
	}
	o.shift()
	if !alive {
		o.id = 0
		o.resend()
	}
}
