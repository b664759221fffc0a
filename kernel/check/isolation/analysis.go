package isolation

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/blocks/digraph"
	"github.com/parleysystems/parley/kernel/workload"
)

// initial stands for the version of an item from before the history.
const initial = -1

// Options say what is known besides the history.
type Options struct {
	// Versions holds, for some keys, the values in the order in which the store
	// installed them, if something tells. It must have all committed ones.
	Versions map[string][]string
}

// ErrUnfit is why a history cannot be judged: it was not recorded by the rules of
// Access and Txn.
var ErrUnfit = errors.New("isolation: history unfit for judging")

// analysis is what is inferred from a history.
type analysis struct {
	h     History
	keys  map[string]*item
	names []*item // in the order in which they first appear
	// committed transactions are the nodes of the graph; the others have no edges.
	committed []bool
	reads     []read
	anomalies []Anomaly // all but cycles
}

// item is what is known of a key.
type item struct {
	key      string
	appended bool
	writes   []write
	byValue  map[string]int // into writes
	longest  []string       // the longest list that was read
	bad      int            // where it first has what nobody committed; its length if nowhere
	told     bool           // that is reported
	chain    []int          // writes in the order of versions, as far as it is known
	rest     []int          // committed writes that come after the chain, in some order
	after    [][2]int       // known orders of two of the rest
}

// write is a version, or an intermediate one.
type write struct {
	txn, access int
	value       string
	final       bool // its transaction's last to the key
}

// read is what a committed transaction read from outside.
type read struct {
	txn, access int
	item        *item
	from        int // the write whose version was read, or initial
	upTo        int // the last write that it shows, its own transaction's included
	own         bool
	predicate   bool
}

// analyze infers all that needs no order of versions but the evident one.
func analyze(h History, o Options) (*analysis, error) {
	x := &analysis{h: h, keys: map[string]*item{}, committed: make([]bool, len(h))}
	if err := x.collectWrites(); err != nil {
		return nil, err
	}
	x.collectLists()
	x.decideUnknown()
	for t := range h {
		if h[t].Outcome == workload.OK {
			x.readTxn(t)
		}
	}
	x.lostUpdates()
	return x, x.orderVersions(o)
}

func (x *analysis) item(key string) *item {
	it := x.keys[key]
	if it == nil {
		it = &item{key: key, byValue: map[string]int{}}
		x.keys[key] = it
		x.names = append(x.names, it)
	}
	return it
}

// collectWrites numbers the writes of each key.
func (x *analysis) collectWrites() error {
	for t := range x.h {
		x.committed[t] = x.h[t].Outcome == workload.OK
		for n := range x.h[t].Accesses {
			a := &x.h[t].Accesses[n]
			if a.Verb == workload.Read {
				continue
			}
			if err := x.item(a.Key).add(t, n, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (it *item) add(t, n int, a *Access) error {
	switch {
	case a.Verb != workload.Write && a.Verb != workload.Append:
		return fmt.Errorf("%w: transaction %d: verb %v is none of read, write and append", ErrUnfit, t, a.Verb)
	case len(it.writes) > 0 && it.appended != (a.Verb == workload.Append):
		return fmt.Errorf("%w: transaction %d: key %s is both written and appended to", ErrUnfit, t, it.key)
	case a.Value == "":
		return fmt.Errorf("%w: transaction %d writes an empty value to key %s", ErrUnfit, t, it.key)
	}
	if first, taken := it.byValue[a.Value]; taken {
		return fmt.Errorf("%w: transactions %d and %d both write %s to key %s", ErrUnfit, it.writes[first].txn, t, a.Value, it.key)
	}
	if last := len(it.writes) - 1; last >= 0 && it.writes[last].txn == t {
		it.writes[last].final = false
	}
	it.appended = a.Verb == workload.Append
	it.byValue[a.Value] = len(it.writes)
	it.writes = append(it.writes, write{t, n, a.Value, true})
	return nil
}

// collectLists finds each key's longest list, and what no list should hold.
func (x *analysis) collectLists() {
	for t := range x.h {
		if x.h[t].Outcome != workload.OK {
			continue
		}
		for n := range x.h[t].Accesses {
			if a := &x.h[t].Accesses[n]; a.Verb == workload.Read {
				if it := x.item(a.Key); len(a.List) > len(it.longest) {
					it.longest = a.List
				}
			}
		}
	}
	for _, it := range x.names {
		it.bad = slices.IndexFunc(it.longest, func(value string) bool {
			w, ok := it.byValue[value]
			return !ok || x.h[it.writes[w].txn].Outcome == workload.Failed
		})
		if it.bad < 0 {
			it.bad = len(it.longest)
		}
	}
}

// decideUnknown takes a transaction of unknown outcome for committed if somebody
// saw what it wrote (I4).
func (x *analysis) decideUnknown() {
	saw := func(it *item, value string) {
		if w, ok := it.byValue[value]; ok && x.h[it.writes[w].txn].Outcome == workload.Unknown {
			x.committed[it.writes[w].txn] = true
		}
	}
	for _, it := range x.names {
		for _, value := range it.longest {
			saw(it, value)
		}
	}
	for t := range x.h {
		if x.h[t].Outcome != workload.OK {
			continue
		}
		for n := range x.h[t].Accesses {
			if a := &x.h[t].Accesses[n]; a.Verb == workload.Read && a.List == nil && a.Value != "" {
				saw(x.keys[a.Key], a.Value)
			}
		}
	}
}

func (x *analysis) found(name Name, txns []int, format string, args ...any) {
	x.anomalies = append(x.anomalies, Anomaly{Name: name, Txns: txns, Why: fmt.Sprintf(format, args...)})
}

// lostUpdates finds transactions that read the same version of an item and
// both wrote the item.
func (x *analysis) lostUpdates() {
	type version struct {
		item *item
		from int
	}
	first := map[version]int{}
	for i := range x.reads {
		r := &x.reads[i]
		if r.own || !x.writesLater(r) {
			continue
		}
		v := version{r.item, r.from}
		other, taken := first[v]
		if !taken {
			first[v] = r.txn
		} else if other != r.txn {
			x.found(LostUpdate, []int{other, r.txn}, "both read %s of key %s, and both changed it\n  T%d: %v\n  T%d: %v",
				r.item.versionText(r.from), r.item.key, other, &x.h[other], r.txn, &x.h[r.txn])
		}
	}
}

// writesLater tells whether a read's transaction goes on to write the item.
func (x *analysis) writesLater(r *read) bool {
	accesses := x.h[r.txn].Accesses
	for n := r.access + 1; n < len(accesses); n++ {
		if accesses[n].Verb != workload.Read && accesses[n].Key == r.item.key {
			return true
		}
	}
	return false
}

func (it *item) versionText(w int) string {
	if w == initial {
		return "the first version"
	}
	return "the version " + it.writes[w].value
}

// graphOf builds the dependency graph of the known orders.
func (x *analysis) graphOf(mask digraph.Kind) *digraph.Graph {
	g := digraph.New(len(x.h))
	x.addVersions(g, mask)
	x.addReads(g, mask)
	if mask.Has(process) {
		x.addProcesses(g)
	}
	if mask.Has(realtime) {
		x.addRealTime(g)
	}
	return g
}
