package wal

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// indexEvery is how far, in bytes of log, a reader may have to search for a
// record from where the index sends it; a batch more at the worst. An index
// costs 32 bytes for as much log, or a record if these lie further apart.
const indexEvery = 16 << 10

// extent says where a run of records lies: in one segment, in order, in
// batches from the one at off. A stream's extents are sorted, do not overlap,
// and once recovered have no gaps (I6).
type extent struct {
	first, end node.LSN
	seg        *segment
	off        uint32
	size       uint32 // bytes of its records
}

func (e extent) hold() {
	e.seg.refs++
	e.seg.revalue(int64(e.size))
}

// release gives up an extent, as of the batch that makes that true.
func (e extent) release(seq uint64) {
	e.seg.refs--
	e.seg.revalue(-int64(e.size))
	e.seg.freeAfter = max(e.seg.freeAfter, seq)
}

// split divides an extent before lsn. Its bytes are divided by the number of
// records: good enough to choose what to clean, and the sum stays exact.
func (e extent) split(lsn node.LSN) (left, right extent) {
	left, right = e, e
	left.end, right.first = lsn, lsn
	left.size = uint32(uint64(e.size) * uint64(lsn-e.first) / uint64(e.end-e.first))
	right.size = e.size - left.size
	return left, right
}

// grow makes the extent cover the record that follows it, if that lies within
// reach. Extents are what the cleaner moves at once, so their size is bounded
// as well.
func (e *extent) grow(r extent) bool {
	if e.end != r.first || e.seg != r.seg || r.off < e.off || r.off-e.off >= indexEvery || e.size >= indexEvery {
		return false
	}
	e.end = r.end
	e.size += r.size
	e.seg.revalue(int64(r.size))
	return true
}

// index is the extents of one stream.
type index []extent

// find returns the extent that holds lsn.
func (x index) find(lsn node.LSN) (extent, bool) {
	i := x.after(lsn)
	if i == len(x) || x[i].first > lsn {
		return extent{}, false
	}
	return x[i], true
}

// after returns the place of the first extent that ends after lsn.
func (x index) after(lsn node.LSN) int {
	i, _ := slices.BinarySearchFunc(x, lsn, func(e extent, lsn node.LSN) int {
		if e.end <= lsn {
			return -1
		}
		return 1
	})
	return i
}

// add points to one new record at the end of the stream.
func (x *index) add(r extent) {
	if k := len(*x) - 1; k >= 0 && (*x)[k].grow(r) {
		return
	}
	r.hold()
	*x = append(*x, r)
}

// move points to another copy of one record, which batch seq brought.
func (x *index) move(r extent, seq uint64) {
	i := x.after(r.first)
	j := i
	pieces := make([]extent, 0, 2) // stays on the stack
	if i < len(*x) && (*x)[i].first <= r.first {
		j = i + 1
		left, rest := (*x)[i].split(r.first)
		_, right := rest.split(r.end)
		(*x)[i].release(seq)
		for _, piece := range []extent{left, right} {
			if piece.first < piece.end {
				piece.hold()
				pieces = append(pieces, piece)
			}
		}
	}
	*x = slices.Replace(*x, i, j, pieces...)
	x.insert(i, r)
}

// insert puts a record where move has made room for it.
func (x *index) insert(i int, r extent) {
	if i < len(*x) && (*x)[i].end <= r.first {
		i++
	}
	if i > 0 && (*x)[i-1].grow(r) {
		return
	}
	r.hold()
	*x = slices.Insert(*x, i, r)
}

// cut gives up the records before lsn, as of batch seq.
func (x *index) cut(lsn node.LSN, seq uint64) {
	i := x.after(lsn)
	for _, e := range (*x)[:i] {
		e.release(seq)
	}
	*x = slices.Delete(*x, 0, i)
	if len(*x) > 0 && (*x)[0].first < lsn {
		_, rest := (*x)[0].split(lsn)
		(*x)[0].release(seq)
		rest.hold()
		(*x)[0] = rest
	}
}

// gap returns the first record of [from, to) that nothing points to.
func (x index) gap(from, to node.LSN) (node.LSN, bool) {
	for _, e := range x {
		if e.first > from {
			return from, true
		}
		from = max(from, e.end)
	}
	return from, from < to
}
