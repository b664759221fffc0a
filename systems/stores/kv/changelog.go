package kv

import "sort"

// changeLog lists versions in the order of their places: all changes after
// state.trimmed. It can be told from the two trees, so captures leave it out.
type changeLog struct {
	chunks []*[chunk]version
	first  int // in the first chunk
	n      int
}

const chunk = 512

func (l *changeLog) len() int { return l.n }

// at returns the i-th change, counted from 0.
func (l *changeLog) at(i int) version {
	i += l.first
	return l.chunks[i/chunk][i%chunk]
}

func (l *changeLog) front() version { return l.at(0) }

func (l *changeLog) push(v version) {
	i := l.first + l.n
	if i/chunk == len(l.chunks) {
		l.chunks = append(l.chunks, new([chunk]version))
	}
	l.chunks[i/chunk][i%chunk] = v
	l.n++
}

func (l *changeLog) pop() {
	l.chunks[0][l.first] = ""
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
