package relay

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// history is a replica's commands in order, in memory from base on and written
// through to the host's write-ahead log.
//
//	        base      base+1            last
//	┄┄┄┄┄┄┄┄┬─────────┬────────┬─┄┄┄┄┬────────┐
//	 checkpoint       │ entries[0]    │        │
//	┄┄┄┄┄┄┄┄┴─────────┴────────┴─┄┄┄┄┴────────┘
type history struct {
	stream    node.Log
	scratch   []byte
	base      rsm.Index
	baseEpoch Epoch // of the entry at base
	entries   []Entry
	lsn       []node.LSN // of each entry's record
	bytes     int64
	fitted    Epoch  // the latest in which it was fitted (I3)
	mark      []byte // the engine's own, see Relay.Mark
}

// last returns the index of the last entry, or base.
func (h *history) last() rsm.Index { return h.base + rsm.Index(len(h.entries)) }

// at returns the entry at an index that is held.
func (h *history) at(i rsm.Index) *Entry { return &h.entries[i-h.base-1] }

// epoch returns the epoch of the entry at base or at an index that is held.
func (h *history) epoch(i rsm.Index) Epoch {
	if i == h.base {
		return h.baseEpoch
	}
	return h.at(i).Epoch
}

// has tells whether the entry at an index is held, or is the one at base, and is
// of that epoch. All before it is then equal, too (I2).
func (h *history) has(i rsm.Index, e Epoch) bool {
	return i >= h.base && i <= h.last() && h.epoch(i) == e
}

func (h *history) append(e Entry) {
	h.scratch = appendEntryRecord(h.scratch[:0], h.last()+1, &e)
	h.push(e, h.stream.Append(h.scratch))
}

func (h *history) push(e Entry, lsn node.LSN) {
	if n := len(h.entries); n == cap(h.entries) {
		// Twice as large: append itself grows large slices by a quarter, which
		// copies every entry four times.
		h.entries, h.lsn = slices.Grow(h.entries, n+minEntries), slices.Grow(h.lsn, n+minEntries)
	}
	h.entries, h.lsn = append(h.entries, e), append(h.lsn, lsn)
	h.bytes += e.size()
}

// minEntries is what a history has room for when it begins to grow.
const minEntries = 16

// truncate removes all entries behind an index, in memory.
func (h *history) truncate(after rsm.Index) {
	if after < h.base {
		panic(fmt.Sprintf("relay: truncate behind %d a history that begins behind %d", after, h.base))
	}
	if after >= h.last() {
		return
	}
	keep := int(after - h.base)
	for i := keep; i < len(h.entries); i++ {
		h.bytes -= h.entries[i].size()
	}
	// Clipped: what comes next must not overwrite what messages on their way show.
	h.entries, h.lsn = h.entries[:keep:keep], h.lsn[:keep:keep]
}

// drop forgets the entries up to an index, in memory.
func (h *history) drop(i rsm.Index) {
	if i <= h.base {
		return
	}
	h.baseEpoch = h.epoch(i)
	k := int(i - h.base)
	for n := range k {
		h.bytes -= h.entries[n].size()
	}
	// Copied, so that the dropped commands can be collected.
	h.entries = append(make([]Entry, 0, len(h.entries)-k+minEntries), h.entries[k:]...)
	h.lsn = append(make([]node.LSN, 0, cap(h.entries)), h.lsn[k:]...)
	h.base = i
}

// restart empties the history: it goes on behind an entry of which a checkpoint
// has the effect.
func (h *history) restart(base rsm.Index, e Epoch) {
	h.base, h.baseEpoch, h.entries, h.lsn, h.bytes = base, e, nil, nil, 0
}

// between returns the entries from one index to another: at least one if there is
// any, and at most as many as count and bytes allow. The slice is a view: entries
// never change, only the history's end does.
func (h *history) between(from, to rsm.Index, count int, bytes int64) []Entry {
	if from > to {
		return nil
	}
	all := h.entries[from-h.base-1 : to-h.base]
	n := 0
	for size := int64(0); n < len(all) && n < count; n++ {
		if size += all[n].size(); n > 0 && size > bytes {
			break
		}
	}
	return all[:n:n]
}
