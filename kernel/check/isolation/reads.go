package isolation

import (
	"slices"

	"github.com/parleysystems/parley/kernel/workload"
)

// readTxn looks at what one transaction read: what it must have seen of its own
// writes, and which versions came from outside.
func (x *analysis) readTxn(t int) {
	for n := range x.h[t].Accesses {
		a := &x.h[t].Accesses[n]
		if a.Verb != workload.Read {
			continue
		}
		it := x.keys[a.Key]
		r := read{txn: t, access: n, item: it, from: initial, upTo: initial, predicate: a.Predicate}
		own := x.ownBefore(t, n, a.Key)
		if it.appended || a.List != nil {
			x.readList(r, a.List, own)
		} else {
			x.readRegister(r, a.Value, own)
		}
	}
}

// ownBefore returns the values that a transaction wrote to a key before its n-th
// access.
func (x *analysis) ownBefore(t, n int, key string) (own []string) {
	for _, a := range x.h[t].Accesses[:n] {
		if a.Verb != workload.Read && a.Key == key {
			own = append(own, a.Value)
		}
	}
	return own
}

func (x *analysis) readRegister(r read, value string, own []string) {
	if len(own) > 0 {
		if last := own[len(own)-1]; value != last {
			x.found(Internal, []int{r.txn}, "T%d read %q of key %s after it had written %s itself: %v", r.txn, value, r.item.key, last, &x.h[r.txn])
		}
		return
	}
	if value == "" {
		x.reads = append(x.reads, r)
		return
	}
	if w, ok := x.source(&r, value, true); ok {
		r.from, r.upTo = w, w
		x.reads = append(x.reads, r)
	}
}

// readList checks a list against the longest one of its key, of which it must be
// the beginning, and against the reader's own appends, which it must contain.
func (x *analysis) readList(r read, list, own []string) {
	it := r.item
	if !slices.Equal(list, it.longest[:min(len(list), len(it.longest))]) {
		x.found(Incompatible, []int{r.txn}, "T%d read %v of key %s, and somebody else %v", r.txn, abridged(list), it.key, abridged(it.longest))
		return
	}
	seen := 0
	for i, value := range list {
		w, mine := it.byValue[value]
		if mine = mine && it.writes[w].txn == r.txn; mine {
			if seen == len(own) || own[seen] != value {
				x.found(Internal, []int{r.txn}, "T%d read its own append %s of key %s before, or out of turn: %v", r.txn, value, it.key, &x.h[r.txn])
				return
			}
			seen++
		}
		if i == len(list)-1 {
			r.upTo, r.own = w, seen > 0
		}
	}
	if seen < len(own) {
		x.found(Internal, []int{r.txn}, "T%d misses its own append %s in what it read of key %s: %v", r.txn, own[seen], it.key, &x.h[r.txn])
		return
	}
	x.listSource(r, list)
}

// listSource finds out from whom the last element comes that is not the
// reader's own.
func (x *analysis) listSource(r read, list []string) {
	if bad := r.item.bad; bad < len(list) {
		if !r.item.told {
			x.source(&r, list[bad], false)
		}
		r.item.told = true
		return
	}
	for i := len(list) - 1; i >= 0; i-- {
		if r.item.writes[r.item.byValue[list[i]]].txn == r.txn {
			continue
		}
		r.from, _ = x.source(&r, list[i], true)
		break
	}
	x.reads = append(x.reads, r)
}

// source returns the write that a value comes from, unless nobody wrote it or
// its writer aborted. last tells that the value is the version itself, and not a
// part of it.
func (x *analysis) source(r *read, value string, last bool) (w int, ok bool) {
	w, ok = r.item.byValue[value]
	if !ok {
		x.found(Garbage, []int{r.txn}, "T%d read %s of key %s, which nobody wrote: %v", r.txn, value, r.item.key, &x.h[r.txn])
		return 0, false
	}
	from := r.item.writes[w]
	switch {
	case x.h[from.txn].Outcome == workload.Failed:
		x.found(G1a, []int{from.txn, r.txn}, "T%d read %s of key %s, which T%d wrote and then aborted\n  T%d: %v", r.txn, value, r.item.key, from.txn, r.txn, &x.h[r.txn])
		return 0, false
	case last && !from.final:
		x.found(G1b, []int{from.txn, r.txn}, "T%d read %s of key %s, which T%d wrote and then changed again\n  T%d: %v", r.txn, value, r.item.key, from.txn, r.txn, &x.h[r.txn])
	}
	return w, true
}
