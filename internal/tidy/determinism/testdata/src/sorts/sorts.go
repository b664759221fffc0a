package sorts

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
)

type entry struct{ term, index int }

func byTerm(a, b entry) int { return cmp.Compare(a.term, b.term) }

func sorts(entries []entry, names []string, m map[entry]bool) {
	slices.SortFunc(entries, byTerm)                                                      // want `equal elements in any order`
	sort.Slice(entries, func(i, j int) bool { return entries[i].term < entries[j].term }) // want `equal elements in any order`
	_ = slices.SortedFunc(maps.Keys(m), byTerm)                                           // want `equal elements in any order`

	slices.Sort(names)
	slices.SortFunc(names, strings.Compare)
	slices.SortFunc(names, cmp.Compare[string])
	slices.SortStableFunc(entries, byTerm)
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].term < entries[j].term })

	//parley:noties a log has one entry at an index
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.index, b.index) })

	//parley:noties keys of a map are unique
	sorted := slices.SortedFunc(maps.Keys(m), byTerm)
	_ = sorted

	//parley:noties nothing is sorted here // want `nothing below //parley:noties needs it`
	_ = names
}
