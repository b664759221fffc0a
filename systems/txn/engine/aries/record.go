package aries

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// TxnID numbers transactions; no number is used twice in a database's life.
type TxnID uint64

// Kind says what a log record tells.
type Kind uint8

// The kinds of log records (section 4.1). The paper's rollback record is Abort.
const (
	Update       Kind = iota + 1 // a transaction has changed pages
	Compensation                 // CLR: it has undone something, up to UndoNext
	Commit                       // it has committed; Frees are to be given back
	Abort                        // it has begun to roll back
	End                          // nothing is left to do for it
	Begin                        // begin_chkpt
	Tables                       // end_chkpt, with the tables as of Begin
	Freed                        // after the commit: a page was given back
)

func (k Kind) String() string {
	names := [...]string{"", "update", "compensation", "commit", "abort", "end", "begin-checkpoint", "end-checkpoint", "freed"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Undo says how an update is taken back.
type Undo uint8

// The ways to undo.
const (
	RedoOnly Undo = iota // not at all
	OnPage               // by the opposite changes of the same pages: within a nested top action
	OnKey                // by putting the key's former cell back, wherever that is now
	OnChain              // by giving the page back that was taken for a chain
)

// Record is one record of the log.
type Record struct {
	LSN      node.LSN // given by the log, not written
	Kind     Kind
	Txn      TxnID
	Prev     node.LSN // the transaction's record before this one
	UndoNext node.LSN // of a compensation: what is to be undone next
	Undo     Undo
	Changes  []Change
	Frees    []page.ID // of a commit: first pages of chains
	Chain    int       // of Freed: which of Frees it belongs to
	Rest     page.ID   // of Freed: the next page of that chain, 0 at its end
	Tables   *Checkpoint
}

var errRecord = errors.New("it does not make sense")

// append encodes the record.
func (r *Record) append(b []byte) []byte {
	b = append(b, byte(r.Kind), byte(r.Undo))
	b = binary.AppendUvarint(b, uint64(r.Txn))
	b = binary.AppendUvarint(b, uint64(r.Prev))
	switch r.Kind {
	case Compensation:
		b = binary.AppendUvarint(b, uint64(r.UndoNext))
	case Commit:
		b = binary.AppendUvarint(b, uint64(len(r.Frees)))
		for _, id := range r.Frees {
			b = binary.AppendUvarint(b, uint64(id))
		}
	case Freed:
		b = binary.AppendUvarint(b, uint64(r.Chain))
		b = binary.AppendUvarint(b, uint64(r.Rest))
	case Tables:
		return r.Tables.append(b)
	}
	before := r.Undo == OnPage || r.Undo == OnKey
	for i := range r.Changes {
		b = r.Changes[i].append(b, before)
	}
	return b
}

// Parse decodes a record. The record's slices are parts of b.
func Parse(lsn node.LSN, b []byte) (*Record, error) {
	d := decoder{b: b}
	r := &Record{LSN: lsn, Kind: Kind(d.byte()), Undo: Undo(d.byte())}
	r.Txn, r.Prev = TxnID(d.uint()), node.LSN(d.uint())
	switch r.Kind {
	case Compensation:
		r.UndoNext = node.LSN(d.uint())
	case Commit:
		for range d.count() {
			r.Frees = append(r.Frees, d.page())
		}
	case Freed:
		r.Chain, r.Rest = d.count(), d.page()
	case Tables:
		r.Tables = d.tables()
	case Update, Abort, End, Begin:
	default:
		d.bad = true
	}
	for len(d.b) > 0 && !d.bad {
		r.Changes = append(r.Changes, d.change())
	}
	if d.bad || !r.undoable() {
		return nil, fmt.Errorf("log record %d: %w", lsn, errRecord)
	}
	return r, nil
}

// undoable tells whether a record has what its way of undoing asks for.
func (r *Record) undoable() bool {
	switch {
	case r.Undo == RedoOnly:
		return true
	case r.Kind != Update || len(r.Changes) == 0 || r.Undo > OnChain:
		return false
	case r.Undo == OnKey:
		c := &r.Changes[0]
		return c.Op == Splice && len(c.Before) <= 1 && len(c.After) <= 1 && len(c.Before)+len(c.After) > 0
	}
	return true
}

// decoder reads from the front of b. After something bad it returns zeroes.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number that cannot exceed the bytes that are left by much.
func (d *decoder) count() int {
	v := d.uint()
	if v > uint64(len(d.b))+page.MaxSize {
		d.bad, d.b = true, nil
		return 0
	}
	return int(v)
}

func (d *decoder) page() page.ID {
	v := d.uint()
	if v > 1<<32-1 {
		d.bad = true
	}
	return page.ID(v)
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}
