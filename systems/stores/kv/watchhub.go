package kv

import "slices"

// hub knows who watches what. Three kinds of interval are told apart, so that
// a change costs as much as there are watchers that want it, and not more for
// a hundred thousand that want something else:
//
//	one key      looked up by the key
//	a prefix     looked up by each length that a watched prefix has
//	any other    asked one by one
type hub struct {
	count    int
	keys     map[string][]*Watcher
	prefixes map[string][]*Watcher
	lengths  []int // of watched prefixes, each as often as it occurs; sorted
	others   []*Watcher
	all      []*Watcher
	touched  []*Watcher
}

// watcherPlace is where the hub keeps a watcher.
type watcherPlace struct {
	group  watcherGroup
	name   string // key or prefix
	inAll  int
	inList int
}

type watcherGroup uint8

const (
	nowhere watcherGroup = iota
	byKey
	byPrefix
	byScan
)

func (h *hub) init() {
	h.keys, h.prefixes = make(map[string][]*Watcher), make(map[string][]*Watcher)
}

func (h *hub) insert(w *Watcher) {
	h.count++
	w.place.inAll = len(h.all)
	h.all = append(h.all, w)
	prefix, isPrefix := w.keys.prefix()
	switch {
	case w.keys.kind == oneKey:
		w.place.group, w.place.name = byKey, string(w.keys.start)
		h.keys[w.place.name] = w.joined(h.keys[w.place.name])
	case isPrefix && w.keys.kind == bounded:
		w.place.group, w.place.name = byPrefix, string(prefix)
		h.prefixes[w.place.name] = w.joined(h.prefixes[w.place.name])
		at, _ := slices.BinarySearch(h.lengths, len(prefix))
		h.lengths = slices.Insert(h.lengths, at, len(prefix))
	default:
		w.place.group = byScan
		h.others = w.joined(h.others)
	}
}

func (w *Watcher) joined(list []*Watcher) []*Watcher {
	w.place.inList = len(list)
	return append(list, w)
}

func (h *hub) remove(w *Watcher) {
	switch name := w.place.name; w.place.group {
	case nowhere:
		return
	case byKey:
		left(h.keys, w)
	case byPrefix:
		left(h.prefixes, w)
		at, _ := slices.BinarySearch(h.lengths, len(name))
		h.lengths = slices.Delete(h.lengths, at, at+1)
	case byScan:
		h.others = w.without(h.others)
	}
	last := h.all[len(h.all)-1]
	h.all[w.place.inAll], last.place.inAll = last, w.place.inAll
	h.all[len(h.all)-1] = nil
	h.all = h.all[:len(h.all)-1]
	h.count--
	w.place.group = nowhere
}

func left(groups map[string][]*Watcher, w *Watcher) {
	list := w.without(groups[w.place.name])
	if len(list) == 0 {
		delete(groups, w.place.name)
		return
	}
	groups[w.place.name] = list
}

func (w *Watcher) without(list []*Watcher) []*Watcher {
	end := len(list) - 1
	list[end].place.inList = w.place.inList
	list[w.place.inList] = list[end]
	list[end] = nil
	return list[:end]
}
