package engine_test

import "encoding/binary"

// toUndo returns the updates of transactions that had not committed, newest first, but
// for those that a compensation leads around.
func toUndo(records []logRecord) (undo []logRecord) {
	by, last := map[uint64]logRecord{}, map[uint64]uint64{}
	for _, r := range records {
		by[r.lsn] = r
		last[r.txn] = r.lsn
		if r.kind == commit || r.kind == end {
			delete(last, r.txn)
		}
	}
	delete(last, 0)
	for _, lsn := range last {
		for lsn != 0 {
			r := by[lsn]
			if lsn = r.prev; r.kind == compensation {
				lsn = r.undoNext
			}
			if r.kind == update {
				undo = append(undo, r)
			}
		}
	}
	return undo
}

// undo takes back what is undone on its pages, and gives pages back.
func (s pageSet) undo(records []logRecord) {
	for _, r := range records {
		switch r.undo {
		case 1:
			for i := len(r.changes) - 1; i >= 0; i-- {
				c := r.changes[i]
				s[c.page].apply(pageChange{
					what: c.what, slot: c.slot, removed: len(c.cells), cells: c.before,
					offset: c.offset, bytes: c.old, becomes: c.former,
				})
			}
		case 3:
			free, page := s[0].body[:4], r.changes[0].page
			s[page].pageImage = pageImage{kind: 5, link: le32(free)}
			binary.LittleEndian.PutUint32(free, page)
		}
	}
}

// undoKeys takes the changes of keys back, wherever the keys are now.
func undoKeys(records []logRecord, cells map[string][]byte) {
	for _, r := range records {
		if r.undo != 2 {
			continue
		}
		c := r.changes[0]
		if len(c.before) == 0 {
			key, _, _ := splitCell(c.cells[0])
			delete(cells, string(key))
			continue
		}
		key, _, _ := splitCell(c.before[0])
		cells[string(key)] = c.before[0]
	}
}
