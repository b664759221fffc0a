package schedule

import (
	"fmt"
	"slices"
)

// Breach is why a schedule is not of a class: the two operations of different
// transactions that should not have come in this order.
type Breach struct {
	First, Second Op
	Why           string
}

func (b *Breach) String() string {
	return fmt.Sprintf("%v ... %v: %s", b.First, b.Second, b.Why)
}

// live walks through a schedule, and knows which writes have not been undone
// and who is still running. visit sees each operation with the write that it
// would read, or overwrite.
func (s Schedule) live(visit func(o Op, last *Op, ended map[Txn]Kind) *Breach) *Breach {
	var writes []Op // those that no abort has undone
	ended := map[Txn]Kind{}
	for _, o := range s {
		if b := visit(o, lastOf(writes, o), ended); b != nil {
			return b
		}
		switch {
		case o.Kind == Write:
			writes = append(writes, o)
		case o.Kind == Abort:
			writes = slices.DeleteFunc(writes, func(w Op) bool { return w.Txn == o.Txn })
		}
		if o.Ends() {
			ended[o.Txn] = o.Kind
		}
	}
	return nil
}

// lastOf returns the last of the writes to the item that o accesses, or nil.
func lastOf(writes []Op, o Op) *Op {
	for i := len(writes) - 1; i >= 0 && o.Accesses(); i-- {
		if writes[i].Item == o.Item {
			w := writes[i]
			return &w
		}
	}
	return nil
}

// Recoverable returns nil if no transaction commits before one that it read
// from: otherwise that one's abort would call for undoing a commit.
func (s Schedule) Recoverable() *Breach {
	from := map[Txn][][2]Op{} // who read from whom
	return s.live(func(o Op, last *Op, ended map[Txn]Kind) *Breach {
		if o.Kind == Read && last != nil && last.Txn != o.Txn {
			from[o.Txn] = append(from[o.Txn], [2]Op{*last, o})
		}
		if o.Kind != Commit {
			return nil
		}
		for _, pair := range from[o.Txn] {
			if ended[pair[0].Txn] != Commit {
				return &Breach{pair[0], pair[1], fmt.Sprintf("T%d commits before T%d, from which it read %s", o.Txn, pair[0].Txn, pair[0].Item)}
			}
		}
		return nil
	})
}

// Cascadeless returns nil if transactions read only what committed ones, or
// they themselves, wrote: then no abort brings about another.
func (s Schedule) Cascadeless() *Breach {
	return s.live(func(o Op, last *Op, ended map[Txn]Kind) *Breach {
		if o.Kind == Read && last != nil && last.Txn != o.Txn && ended[last.Txn] != Commit {
			return &Breach{*last, o, fmt.Sprintf("T%d reads %s before T%d has committed it", o.Txn, o.Item, last.Txn)}
		}
		return nil
	})
}

// Strict returns nil if nobody reads or overwrites what a transaction wrote
// that has not ended: then an abort may put back the images from before.
func (s Schedule) Strict() *Breach {
	return s.live(func(o Op, last *Op, ended map[Txn]Kind) *Breach {
		if last != nil && last.Txn != o.Txn && ended[last.Txn] == 0 {
			return &Breach{*last, o, fmt.Sprintf("%v touches %s before T%d, which wrote it, has ended", o, o.Item, last.Txn)}
		}
		return nil
	})
}

// Rigorous returns nil if the schedule is strict and nobody overwrites what a
// transaction read that has not ended: then commits come in the order of
// conflicts.
func (s Schedule) Rigorous() *Breach {
	for i, a := range s {
		end, _ := s.end(a.Txn)
		for _, b := range s[i+1 : max(i+1, end)] {
			if a.Conflicts(b) {
				return &Breach{a, b, fmt.Sprintf("%v conflicts with T%d, which has not ended", b, a.Txn)}
			}
		}
	}
	return nil
}
