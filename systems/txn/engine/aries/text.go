package aries

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// String returns the record as one line.
func (r *Record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v", r.LSN, r.Kind)
	if r.Txn != 0 {
		fmt.Fprintf(&b, " txn=%d prev=%d", r.Txn, r.Prev)
	}
	switch r.Kind {
	case Compensation:
		fmt.Fprintf(&b, " undo-next=%d", r.UndoNext)
	case Update:
		fmt.Fprintf(&b, " undo=%v", r.Undo)
	case Commit:
		if len(r.Frees) > 0 {
			fmt.Fprintf(&b, " gives-back=%v", r.Frees)
		}
	case Freed:
		fmt.Fprintf(&b, " chain=%d rest=%d", r.Chain, r.Rest)
	case Tables:
		fmt.Fprintf(&b, " begin=%d transactions=%d dirty-pages=%d", r.Tables.Begin, len(r.Tables.Txns), len(r.Tables.Dirty))
	}
	for i := range r.Changes {
		b.WriteString("; " + r.Changes[i].String())
	}
	return b.String()
}

// String returns how the undo is done.
func (u Undo) String() string {
	return [...]string{"none", "on-page", "by-key", "give-back"}[min(u, OnChain)]
}

// String returns what the change does to its page.
func (c *Change) String() string {
	switch c.Op {
	case Format:
		return fmt.Sprintf("page %d becomes %v with %d cells", c.Page, c.Becomes.Kind, len(c.Becomes.Cells))
	case Splice:
		s := fmt.Sprintf("page %d slot %d", c.Page, c.Slot)
		if c.Removed > 0 {
			s += fmt.Sprintf(" -%d", c.Removed)
		}
		if len(c.After) > 0 {
			s += fmt.Sprintf(" +%d %q", len(c.After), page.CellKey(c.After[0]))
		}
		return s
	}
	return fmt.Sprintf("page %d offset %d = %x", c.Page, c.Offset, c.New)
}
