package bank

import (
	"maps"
	"slices"

	"github.com/parleysystems/parley/systems/commit/twophase"
)

// lock takes an account for a transaction, or strengthens its lock, and tells
// whether it could.
func (b *Bank) lock(tx twophase.TxID, w *work, account string, exclusive bool) bool {
	l := b.locks[account]
	if l == nil {
		l = &lock{}
		b.locks[account] = l
	}
	alone := len(l.holders) == 0 || len(l.holders) == 1 && l.holders[0] == tx
	if exclusive && !alone || l.writer && !alone {
		return false
	}
	if !slices.Contains(l.holders, tx) {
		l.holders = append(l.holders, tx)
	}
	l.writer = l.writer || exclusive
	w.locked[account] = l.writer
	return true
}

// release ends a transaction: its locks and its work.
func (b *Bank) release(tx twophase.TxID) {
	w := b.work[tx]
	if w == nil {
		return
	}
	for _, account := range slices.Sorted(maps.Keys(w.locked)) {
		l := b.locks[account]
		l.holders = slices.DeleteFunc(l.holders, func(holder twophase.TxID) bool { return holder == tx })
		if l.writer = false; len(l.holders) == 0 {
			delete(b.locks, account)
		}
	}
	delete(b.work, tx)
}
