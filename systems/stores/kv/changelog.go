package kv

import "sort"

// changeLog lists versions in the order of their places: all changes after
// state.trimmed. It can be told from the two trees, so captures leave it out.
type changeLog struct {
	arena  *arena
	chunks []*[chunk]ref
	first  int // in the first chunk
	n      int
}

const chunk = 512

func (l *changeLog) len() int { return l.n }

func (l *changeLog) slot(i int) *ref {
	i += l.first
	return &l.chunks[i/chunk][i%chunk]
}

// at returns the i-th change, counted from 0; it may lack its value.
func (l *changeLog) at(i int) version { return l.arena.head(*l.slot(i)) }

// whole returns it with its value.
func (l *changeLog) whole(i int) version { return l.arena.at(*l.slot(i)) }

func (l *changeLog) front() version { return l.at(0) }

func (l *changeLog) push(r ref) {
	if (l.first+l.n)/chunk == len(l.chunks) {
		l.chunks = append(l.chunks, new([chunk]ref))
	}
	l.n++
	*l.slot(l.n - 1) = r
}

func (l *changeLog) pop() {
	l.n--
	if l.first++; l.first == chunk {
		l.chunks[0], l.first = nil, 0
		l.chunks = l.chunks[1:]
	}
}

// find returns the number of the first change at or after a revision.
func (l *changeLog) find(r Revision) int {
	return sort.Search(l.n, func(i int) bool { return l.at(i).main() >= r })
}

// moved notes that the version of a place, which is listed, lies elsewhere now.
// The changes of a revision are numbered without a gap.
func (l *changeLog) moved(p place, from, to ref) {
	i := l.find(p.main)
	slot := l.slot(i + int(p.sub-l.at(i).place().sub))
	if *slot != from {
		panic("kv: the list of changes is out of step")
	}
	*slot = to
}
