package isolation

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/parleysystems/parley/blocks/digraph"
	"github.com/parleysystems/parley/kernel/workload"
)

// addVersions adds ww: each version's writer before the next one's.
func (x *analysis) addVersions(g *digraph.Graph, mask digraph.Kind) {
	if !mask.Has(ww) {
		return
	}
	for _, it := range x.names {
		for i := 1; i < len(it.chain); i++ {
			x.join(g, it, it.chain[i-1], it.chain[i])
		}
		if len(it.chain) > 0 {
			for _, w := range it.rest {
				x.join(g, it, it.chain[len(it.chain)-1], w)
			}
		}
		for _, pair := range it.after {
			x.join(g, it, pair[0], pair[1])
		}
	}
}

func (x *analysis) join(g *digraph.Graph, it *item, v, w int) {
	if from, to := it.writes[v].txn, it.writes[w].txn; from != to && x.committed[from] && x.committed[to] {
		g.Add(from, to, ww)
	}
}

// addReads adds wr, from who wrote what was read, and rw, to who overwrote it.
func (x *analysis) addReads(g *digraph.Graph, mask digraph.Kind) {
	places := map[*item][]int{}
	for i := range x.reads {
		r := &x.reads[i]
		if r.from != initial && mask.Has(wr) {
			if from := r.item.writes[r.from].txn; from != r.txn {
				g.Add(from, r.txn, wr)
			}
		}
		kind := rw
		if r.predicate {
			kind = predicate
		}
		if !mask.Has(kind) {
			continue
		}
		if places[r.item] == nil {
			places[r.item] = r.item.places()
		}
		for _, w := range r.item.next(r.upTo, places[r.item]) {
			if to := r.item.writes[w].txn; to != r.txn && x.committed[to] {
				g.Add(r.txn, to, kind)
			}
		}
	}
}

// places returns each write's position in the chain, one more than it counts
// from 0, so that 0 is none.
func (it *item) places() []int {
	at := make([]int, len(it.writes)+1)
	for i, w := range it.chain {
		at[w] = i + 1
	}
	return at
}

// next returns the writes of which one made the version after w.
func (it *item) next(w int, places []int) []int {
	at := 0
	if w != initial {
		at = places[w]
		if at == 0 { // not in the chain: what is known of it stands in after
			return it.known(w)
		}
	}
	if at < len(it.chain) {
		return it.chain[at : at+1]
	}
	return it.rest
}

func (it *item) known(w int) (later []int) {
	for _, pair := range it.after {
		if pair[0] == w {
			later = append(later, pair[1])
		}
	}
	return later
}

// addProcesses adds the order of each process.
func (x *analysis) addProcesses(g *digraph.Graph) {
	last := map[int]int{}
	for t := range x.h {
		if !x.committed[t] {
			continue
		}
		if before, ok := last[x.h[t].Process]; ok && x.h[before].Return < x.h[t].Call {
			g.Add(before, t, process)
		}
		if x.h[t].Outcome == workload.OK {
			last[x.h[t].Process] = t
		}
	}
}

// addRealTime adds the steps of the order of intervals: from a transaction to
// those called after its return, but for those that another, called after its
// return, returned before. There are about as many for each transaction as run at
// one time.
func (x *analysis) addRealTime(g *digraph.Graph) {
	type end struct {
		at      time.Duration
		returns bool
		txn     int
	}
	var ends []end
	for t := range x.h {
		if !x.committed[t] {
			continue
		}
		ends = append(ends, end{x.h[t].Call, false, t})
		if x.h[t].Outcome == workload.OK {
			ends = append(ends, end{x.h[t].Return, true, t})
		}
	}
	sort.SliceStable(ends, func(i, j int) bool {
		a, b := ends[i], ends[j]
		return a.at < b.at || a.at == b.at && !a.returns && b.returns
	})
	var recent []int // returned, and nobody called since has returned
	for _, e := range ends {
		if !e.returns {
			for _, before := range recent {
				g.Add(before, e.txn, realtime)
			}
			continue
		}
		recent = slices.DeleteFunc(recent, func(t int) bool { return x.h[t].Return < x.h[e.txn].Call })
		recent = append(recent, e.txn)
	}
}

// reason says what makes a dependency.
func (x *analysis) reason(s digraph.Step) string {
	switch {
	case s.Kind.Has(process):
		return fmt.Sprintf("it returned before T%d was called, at the same process (process)", s.To)
	case s.Kind.Has(realtime):
		return fmt.Sprintf("it returned at %v, T%d was called at %v (realtime)", x.h[s.From].Return, s.To, x.h[s.To].Call)
	case s.Kind.Has(ww):
		return x.reasonWW(s)
	}
	for i := range x.reads {
		if why := x.reasonRead(&x.reads[i], s); why != "" {
			return why
		}
	}
	return "by what they read and wrote"
}

func (x *analysis) reasonWW(s digraph.Step) string {
	for _, it := range x.names {
		pairs := it.after
		for i := 1; i < len(it.chain); i++ {
			pairs = append(pairs, [2]int{it.chain[i-1], it.chain[i]})
		}
		for _, w := range it.rest {
			if len(it.chain) > 0 {
				pairs = append(pairs, [2]int{it.chain[len(it.chain)-1], w})
			}
		}
		for _, p := range pairs {
			if v, w := it.writes[p[0]], it.writes[p[1]]; v.txn == s.From && w.txn == s.To {
				return fmt.Sprintf("key %s had %s before %s (ww)", it.key, v.value, w.value)
			}
		}
	}
	return "ww"
}

func (x *analysis) reasonRead(r *read, s digraph.Step) string {
	if s.Kind.Has(wr) {
		if r.txn == s.To && r.from != initial && r.item.writes[r.from].txn == s.From {
			return fmt.Sprintf("it wrote %s to key %s, which T%d read (wr)", r.item.writes[r.from].value, r.item.key, s.To)
		}
		return ""
	}
	if r.txn != s.From || r.predicate != s.Kind.Has(predicate) {
		return ""
	}
	for _, w := range r.item.next(r.upTo, r.item.places()) {
		if r.item.writes[w].txn == s.To {
			how := "rw"
			if r.predicate {
				how = "rw, of a predicate"
			}
			return fmt.Sprintf("it read %s of key %s, which T%d followed with %s (%s)",
				r.item.versionText(r.upTo), r.item.key, s.To, r.item.writes[w].value, how)
		}
	}
	return ""
}
