package isolation

import (
	"fmt"
	"slices"
	"sort"

	"github.com/parleysystems/parley/kernel/workload"
)

// orderVersions finds the order of versions of every key, as far as something
// tells.
func (x *analysis) orderVersions(o Options) error {
	for _, it := range x.names {
		told, known := o.Versions[it.key]
		switch {
		case known && !it.appended:
			if err := x.toldOrder(it, told); err != nil {
				return err
			}
		case it.appended:
			x.listOrder(it)
		}
		x.remaining(it)
	}
	x.registerOrders()
	return nil
}

// toldOrder takes the store's word.
func (x *analysis) toldOrder(it *item, values []string) error {
	for _, value := range values {
		w, ok := it.byValue[value]
		if !ok || slices.Contains(it.chain, w) && len(values) < 1000 {
			return fmt.Errorf("%w: the order of versions of key %s has %s, which nobody wrote, or twice", ErrUnfit, it.key, value)
		}
		x.install(it, w)
	}
	return nil
}

// install appends a version to the chain. Its writer committed: others, or the
// store, saw it.
func (x *analysis) install(it *item, w int) {
	if t := it.writes[w].txn; x.h[t].Outcome == workload.Unknown {
		x.committed[t] = true
	}
	it.chain = append(it.chain, w)
}

// listOrder is what the longest list shows.
func (x *analysis) listOrder(it *item) {
	seen := make(map[string]bool, len(it.longest))
	for _, value := range it.longest {
		if seen[value] {
			x.found(Incompatible, nil, "a list of key %s holds %s twice: %v", it.key, value, abridged(it.longest))
			return
		}
		seen[value] = true
		if w, ok := it.byValue[value]; ok {
			x.install(it, w)
		}
	}
}

// remaining collects committed versions that are not in the chain.
func (x *analysis) remaining(it *item) {
	placed := make([]bool, len(it.writes))
	for _, w := range it.chain {
		placed[w] = true
	}
	for w := range it.writes {
		if !placed[w] && x.committed[it.writes[w].txn] && (it.appended || it.writes[w].final) {
			it.rest = append(it.rest, w)
		}
	}
}

// registerOrders uses that who read a version and then wrote the item came later
// than it. A register that is only changed so has a chain.
func (x *analysis) registerOrders() {
	for i := range x.reads {
		r := &x.reads[i]
		if r.item.appended || r.from == initial || len(r.item.chain) > 0 || !x.writesLater(r) {
			continue
		}
		r.item.after = append(r.item.after, [2]int{r.from, x.finalWrite(r)})
	}
	for _, it := range x.names {
		if len(it.after) > 0 && len(it.after) == len(it.rest)-1 {
			x.chainUp(it)
		}
	}
}

// finalWrite returns the version that a read's transaction made of the item.
func (x *analysis) finalWrite(r *read) int {
	accesses := x.h[r.txn].Accesses
	for n := len(accesses) - 1; n >= 0; n-- {
		if accesses[n].Verb == workload.Write && accesses[n].Key == r.item.key {
			return r.item.byValue[accesses[n].Value]
		}
	}
	return initial
}

// chainUp turns the orders of two into a chain, if that is what they are.
func (x *analysis) chainUp(it *item) {
	next, preceded := map[int]int{}, map[int]bool{}
	for _, pair := range it.after {
		if _, taken := next[pair[0]]; taken || preceded[pair[1]] {
			return
		}
		next[pair[0]], preceded[pair[1]] = pair[1], true
	}
	for _, w := range it.rest {
		if preceded[w] {
			continue
		}
		chain := []int{w}
		for n, ok := next[w]; ok && len(chain) <= len(it.rest); n, ok = next[n] {
			chain = append(chain, n)
		}
		if len(chain) == len(it.rest) {
			it.chain, it.rest, it.after = chain, nil, nil
		}
		return
	}
}

// complete puts the rest of every key's versions behind its chain, in the order
// of their transactions' places. It reports whether there was anything to decide.
func (x *analysis) complete(place []int) (decided bool) {
	for _, it := range x.names {
		if len(it.rest) == 0 {
			continue
		}
		decided = decided || len(it.rest) > 1
		rest := slices.Clone(it.rest)
		sort.SliceStable(rest, func(i, j int) bool {
			return place[it.writes[rest[i]].txn] < place[it.writes[rest[j]].txn]
		})
		it.chain = append(slices.Clone(it.chain), rest...)
		it.rest, it.after = nil, nil
	}
	return decided
}
