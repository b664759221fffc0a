package multipaxos

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// votes is what this acceptor has accepted last in each slot behind base, in
// memory and in the host's write-ahead log. There may be gaps.
//
//	      base      base+1            last
//	┄┄┄┄┄┄┬─────────┬───────┬─────┬─┄┄┬───────┐
//	 checkpoint     │ b, v  │ gap │   │ b', v'│
//	┄┄┄┄┄┄┴─────────┴───────┴─────┴─┄┄┴───────┘
//
// Messages show parts of values, so what was shown is never written to.
type votes struct {
	stream  node.Log
	scratch []byte
	base    Slot
	ballots []Ballot // 0 where there is a gap
	values  []Value
	lsns    []node.LSN // of the records
	shown   bool       // some message may show part of values
	bytes   int64
}

func (l *votes) last() Slot { return l.base + Slot(len(l.values)) }

// ballot returns the ballot of the acceptance in a slot, 0 if there is none.
func (l *votes) ballot(s Slot) Ballot {
	if s <= l.base || s > l.last() {
		return 0
	}
	return l.ballots[s-l.base-1]
}

// at returns the value of a slot that is held.
func (l *votes) at(s Slot) *Value { return &l.values[s-l.base-1] }

// accept writes down an acceptance, and on that occasion how far the chosen prefix
// goes.
func (l *votes) accept(s Slot, b Ballot, chosen Slot, v Value) {
	l.scratch = appendAccepted(l.scratch[:0], s, b, chosen, &v)
	l.put(s, b, v, l.stream.Append(l.scratch))
}

// learn writes down a chosen value.
func (l *votes) learn(s Slot, v Value) {
	l.scratch = appendLearned(l.scratch[:0], s, &v)
	l.put(s, decided, v, l.stream.Append(l.scratch))
}

func (l *votes) put(s Slot, b Ballot, v Value, lsn node.LSN) {
	i := int(s - l.base - 1)
	l.grow(i + 1)
	if l.ballots[i] != 0 && l.shown {
		l.values, l.shown = slices.Clone(l.values), false
	}
	l.bytes += v.size()
	if l.ballots[i] != 0 {
		l.bytes -= l.values[i].size()
	}
	l.ballots[i], l.values[i], l.lsns[i] = b, v, lsn
}

// grow makes room for n slots behind base.
func (l *votes) grow(n int) {
	if n > cap(l.values) {
		// Twice as large: append itself grows large slices by a quarter, which
		// copies every value four times.
		more := n + minSlots
		l.ballots, l.values, l.lsns = slices.Grow(l.ballots, more), slices.Grow(l.values, more), slices.Grow(l.lsns, more)
	}
	for n > len(l.values) {
		l.ballots, l.values, l.lsns = append(l.ballots, 0), append(l.values, Value{}), append(l.lsns, 0)
	}
}

// minSlots is what there is room for when the votes begin to grow.
const minSlots = 16

// drop forgets the slots up to s, in memory.
func (l *votes) drop(s Slot) {
	if s <= l.base {
		return
	}
	k := min(int(s-l.base), len(l.values))
	for i := range k {
		if l.ballots[i] != 0 {
			l.bytes -= l.values[i].size()
		}
	}
	// Copied, so that the dropped values can be collected.
	l.ballots, l.values, l.lsns = slices.Clone(l.ballots[k:]), slices.Clone(l.values[k:]), slices.Clone(l.lsns[k:])
	l.base, l.shown = s, false
}

// oldest returns the record that was written first of those of slots behind s, or
// limit if that is earlier.
func (l *votes) oldest(s Slot, limit node.LSN) node.LSN {
	for i := max(s, l.base) - l.base; i < Slot(len(l.lsns)); i++ {
		if l.ballots[i] != 0 {
			limit = min(limit, l.lsns[i])
		}
	}
	return limit
}

// between shows the values from one slot to another, between which there are no
// gaps: at least one if there is any, and at most as many as count and bytes allow.
func (l *votes) between(from, to Slot, count int, bytes int64) []Value {
	if from > to {
		return nil
	}
	l.shown = true
	all := l.values[from-l.base-1 : to-l.base]
	n := 0
	for size := int64(0); n < len(all) && n < count; n++ {
		if size += all[n].size(); n > 0 && size > bytes {
			break
		}
	}
	return all[:n:n]
}

// page returns the acceptances from a slot on as far as one message takes them, and
// the slot where the next page begins, 0 if there is none.
func (l *votes) page(from Slot, count int, bytes int64) (page []Vote, next Slot) {
	size := int64(0)
	for s := max(from, l.base+1); s <= l.last(); s++ {
		b := l.ballot(s)
		if b == 0 {
			continue
		}
		v := *l.at(s)
		if size += v.size(); len(page) > 0 && (size > bytes || len(page) == count) {
			return page, s
		}
		page = append(page, Vote{Slot: s, Ballot: b, Value: v})
	}
	return page, 0
}
