package vr

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
)

// opLog is the log (§4), held in memory from base on. Unless the replica is
// volatile it is written through to the host's write-ahead log; stream is nil
// otherwise.
//
//	        base      base+1            last
//	┄┄┄┄┄┄┄┄┬─────────┬────────┬─┄┄┄┄┬────────┐
//	 checkpoint       │ entries[0]    │        │
//	┄┄┄┄┄┄┄┄┴─────────┴────────┴─┄┄┄┄┴────────┘
type opLog struct {
	stream   node.Log
	scratch  []byte
	base     OpNumber
	baseView View // in which the entry at base got its number
	entries  []Entry
	lsn      []node.LSN // of each entry's record
	bytes    int64
}

func (l *opLog) last() OpNumber { return l.base + OpNumber(len(l.entries)) }

// at returns the entry at an op-number that is held.
func (l *opLog) at(n OpNumber) *Entry { return &l.entries[n-l.base-1] }

// view returns the view of the entry at base or at an op-number that is held.
func (l *opLog) view(n OpNumber) View {
	if n == l.base {
		return l.baseView
	}
	return l.at(n).View
}

// append adds an entry at the end, in memory and, as a record of the given type,
// on disk.
func (l *opLog) append(record byte, e Entry) {
	var lsn node.LSN
	if l.stream != nil {
		l.scratch = appendEntryRecord(l.scratch[:0], record, l.last()+1, &e)
		lsn = l.stream.Append(l.scratch)
	}
	l.push(e, lsn)
}

func (l *opLog) push(e Entry, lsn node.LSN) {
	if n := len(l.entries); n == cap(l.entries) {
		// Twice as large: append itself grows large slices by a quarter, which
		// copies every entry four times.
		l.entries, l.lsn = slices.Grow(l.entries, n+minEntries), slices.Grow(l.lsn, n+minEntries)
	}
	l.entries, l.lsn = append(l.entries, e), append(l.lsn, lsn)
	l.bytes += e.size()
}

// minEntries is what a log has room for when it begins to grow.
const minEntries = 16

// truncate removes the entry at op-number n and all behind it, in memory.
func (l *opLog) truncate(n OpNumber) {
	if n <= l.base {
		panic(fmt.Sprintf("vr: truncate from %d a log that begins behind %d", n, l.base))
	}
	if n > l.last() {
		return
	}
	keep := int(n - l.base - 1)
	for i := keep; i < len(l.entries); i++ {
		l.bytes -= l.entries[i].size()
	}
	// Clipped: what comes next must not overwrite what messages on their way show.
	l.entries, l.lsn = l.entries[:keep:keep], l.lsn[:keep:keep]
}

// drop forgets the entries up to op-number n, in memory.
func (l *opLog) drop(n OpNumber) {
	if n <= l.base {
		return
	}
	l.baseView = l.view(n)
	k := int(n - l.base)
	for i := range k {
		l.bytes -= l.entries[i].size()
	}
	// Copied, so that the dropped commands can be collected.
	l.entries = append(make([]Entry, 0, len(l.entries)-k+minEntries), l.entries[k:]...)
	l.lsn = append(make([]node.LSN, 0, cap(l.entries)), l.lsn[k:]...)
	l.base = n
}

// restart empties the log: it goes on behind an entry of which a checkpoint has
// the effect.
func (l *opLog) restart(base OpNumber, v View) {
	l.base, l.baseView, l.entries, l.lsn, l.bytes = base, v, nil, nil, 0
}

// between returns the entries from op-number from to op-number to: at least one
// if there is any, and at most as many as count and bytes allow. The slice is a
// view: entries never change, only the log's end does.
func (l *opLog) between(from, to OpNumber, count int, bytes int64) []Entry {
	if from > to {
		return nil
	}
	all := l.entries[from-l.base-1 : to-l.base]
	n := 0
	for size := int64(0); n < len(all) && n < count; n++ {
		if size += all[n].size(); n > 0 && size > bytes {
			break
		}
	}
	return all[:n:n]
}
