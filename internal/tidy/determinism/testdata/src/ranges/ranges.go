package ranges

import (
	"maps"
	"slices"
	"sort"
)

type peer struct{ match int }

func send(string)  {}
func use(...any)   {}
func f(string) int { return 0 }

func shows(m map[string]int, floats map[string]float64) (string, []string) {
	for k := range m { // want `order of a map shows`
		send(k)
	}
	var keys []string
	for k := range m { // want `order of a map shows`
		keys = append(keys, k)
	}
	for k := range maps.Keys(m) { // want `order of a map shows`
		send(k)
	}
	_ = slices.Collect(maps.Keys(m)) // want `order of a map shows`
	sum := 0.0
	for _, v := range floats { // want `order of a map shows`
		sum += v
	}
	text := ""
	for k := range m { // want `order of a map shows`
		text += k
	}
	last := ""
	for k := range m { // want `order of a map shows`
		last = k
	}
	for k, v := range m { // want `order of a map shows`
		if v > 1 {
			return k, nil
		}
	}
	return last, keys
}

func depends(m map[string]int, other map[int]string) {
	n, seen := 0, 0
	for _, v := range m { // want `order of a map shows`
		if n < 3 { // reads what other rounds change
			n += v
		}
	}
	for range m { // rounds are alike
		seen++
	}
	for k, v := range m { // want `order of a map shows`
		other[v] = k // two keys may have one value
	}
	for _, v := range m { // want `order of a map shows`
		n += v
		if v == 3 {
			break
		}
	}
	for _, v := range m { // want `order of a map shows`
		if v == 3 {
			seen = 1
		} else {
			seen = 2
		}
	}
	for k := range m { // want `order of a map shows`
		delete(m, k+"x") // whether that round comes at all depends on the order
		n++
	}
	for k := range m { // want `order of a map shows`
		n += f(k) // f may do anything
	}
}

func returns(m map[string]int) int {
	for _, v := range m { // want `order of a map shows`
		if v == 1 {
			return 1
		}
		if v == 2 {
			return 2
		}
	}
	return 0
}

func harmless(m map[string]int, peers map[string]*peer) bool {
	count, sum, most, least, found := 0, 0, 0, 1<<30, false
	for k, v := range m {
		if v == 0 {
			delete(m, k)
			continue
		}
		count++
		sum += v * 2
		most = max(most, v)
		if v < least {
			least = v
		}
	}
	for _, v := range m {
		if v == 3 {
			found = true
			break
		}
	}
	copied := map[string]int{}
	for k, v := range m {
		copied[k] = v + 1
	}
	var keys []string
	for k := range m {
		if k != "" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var matches []int
	for _, p := range peers {
		match := p.match
		matches = append(matches, match)
	}
	sort.Ints(matches)
	_ = slices.Sorted(maps.Keys(m))
	use(count, sum, most, least, found, copied)
	for _, p := range peers {
		if p.match > 3 {
			return true
		}
	}
	return false
}

func usedBeforeSorting(m map[string]int) {
	var keys []string
	for k := range m { // want `order of a map shows`
		keys = append(keys, k)
	}
	send(keys[0])
	slices.Sort(keys)
}

func excused(m map[string]int) {
	//parley:unordered every receiver is told the same thing
	for k := range m {
		send(k)
	}
	//parley:unordered // want `needs a reason`
	for k := range m { // want `order of a map shows`
		send(k)
	}
	//parley:unordered nothing of the sort is here // want `nothing below //parley:unordered needs it`
	send("")
}

type set[K comparable] map[K]struct{}

func generic[M ~map[K]V, K comparable, V any](m M, s set[K]) {
	for k := range s { // want `order of a map shows`
		use(k)
	}
	for k := range m { // want `order of a map shows`
		use(k)
	}
}
