package divided

import (
	"crypto/subtle"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// branch is what an owner knows of a part: a transaction under its scheme.
type branch struct {
	part      *Part // until the vote, if another's
	home      bool  // of a transaction that this owner coordinates
	stage     stage
	tx        scheme.Txn
	update    updater // the same, if it can
	done      int     // accesses
	timestamp uint64
	abort     error  // why it cannot be committed
	fresh     []byte // what is written is made here
}

// stage is what is next of a branch.
type stage uint8

const (
	executes stage = iota
	prepares       // if it is not the coordinator's
	commits
	undoes
)

// updater is a transaction that can read what it is going to write.
type updater interface {
	GetForUpdate(key []byte) (value []byte, found bool, err error)
}

// branch begins a part.
func (o *Owner) branch(p *Part, home bool) *branch {
	b := o.spent.branches.Take()
	p.space = p.space[:0]
	tx := o.scheme.Begin(scheme.Options{Timestamp: p.timestamp})
	*b = branch{part: p, timestamp: p.timestamp, home: home, tx: tx, fresh: b.fresh[:0]}
	b.update, _ = tx.(updater)
	return b
}

// step does what is next. An error may be a *scheme.Ticket.
func (b *branch) step() error {
	switch b.stage {
	case executes:
		return b.execute()
	case prepares:
		return b.prepare()
	case commits:
		return b.tx.Commit()
	}
	return b.tx.Abort()
}

// execute does what is left of the accesses.
func (b *branch) execute() error {
	for ; b.done < len(b.part.Accesses); b.done++ {
		if err := b.access(&b.part.Accesses[b.done]); err != nil {
			return err
		}
	}
	return nil
}

func (b *branch) access(a *Access) error {
	if a.Kind == Put {
		return b.tx.Put(a.Key, a.Value)
	}
	get := b.tx.Get
	if b.update != nil && a.Kind != Read {
		get = b.update.GetForUpdate
	}
	found, there, err := get(a.Key)
	if err != nil {
		return err
	}
	a.Found = nil
	if there {
		a.Found = b.part.keep(found)
	}
	if a.Kind == Read {
		return nil
	}
	return b.tx.Put(a.Key, b.changed(a))
}

// keep returns a copy of what was found.
func (p *Part) keep(found []byte) []byte {
	at := len(p.space)
	p.space = append(p.space, found...)
	return p.space[at:len(p.space):len(p.space)]
}

// changed returns what a row becomes.
func (b *branch) changed(a *Access) []byte {
	switch a.Kind {
	case Append:
		b.fresh = append(append(b.fresh[:0], a.Found...), a.Value...)
	case Xor:
		b.fresh = append(b.fresh[:0], a.Value...)
		subtle.XORBytes(b.fresh, b.fresh, a.Found)
	default:
		panic(fmt.Sprintf("divided: an access is of kind %d", a.Kind))
	}
	return b.fresh
}

// prepare makes the vote.
func (b *branch) prepare() error {
	v, ok := b.tx.(scheme.Voter)
	if !ok {
		return fmt.Errorf("divided: %T cannot vote", b.tx)
	}
	return v.Prepare()
}
