package enginetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Scan walks over much more than memory holds.
var Scan = scheduletest.Question{
	System: "engine", Name: "scan",
	Text: `Does memory keep what is used when somebody walks over everything once? The database is six times as large as the
buffer pool. Rows on neighbouring pages, as many as half of its frames, are read again and again, then all rows are walked over, as the
database has them or in a snapshot that is read beside it, upwards or downwards. Read once more, of the pages that were used
before at least three in four have to be there still: of a pool that evicts what was used the longest ago none would be.`,
	Canon:     []string{"wal.buffer.pages"},
	Sometimes: []string{"a walk of the owner's", "a walk in a snapshot", "a page came back soon after it had gone"},
	Enough:    20,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Options.Checkpoint = 1 << 30
		k.Options.PageSize = 2048 // a walk comes back to inner pages, too: these are to be few
		k.Options.Memory = int64(k.Options.PageSize) * int64(64+r.IntN(60))
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		frames := t.DB.Stats().Pool.Frames
		each := k.Options.PageSize / 250 // rows on a page
		rows, hot := 6*frames*each, frames/2
		if err := t.fill(rows); err != nil {
			return err
		}
		// Neither end of the rows is what was seen last.
		if _, err := t.walkOver(r, scheme.Range{From: row(rows / 3), To: row(rows * 2 / 3)}); err != nil {
			return err
		}
		use := func() (reads uint64, err error) {
			before := t.DB.Stats().Pool.Reads
			for i := range hot {
				if _, _, err := t.DB.Get(row(rows/2 + i*each)); err != nil {
					return 0, err
				}
			}
			return t.DB.Stats().Pool.Reads - before, nil
		}
		for range 4 {
			if _, err := use(); err != nil {
				return err
			}
		}
		seen, err := t.walkOver(r, scheme.Range{Reverse: r.IntN(2) == 0})
		if err != nil {
			return err
		}
		if seen != rows {
			return fmt.Errorf("%d rows were walked over, of %d", seen, rows)
		}
		again, err := use()
		r.Marks.Sometimes("a page came back soon after it had gone", t.DB.Stats().Pool.GhostHits > 0)
		r.Say(frames, rows, again)
		r.Stats["pages used"], r.Stats["of them read again after a scan"] = float64(hot), float64(again)
		if err == nil && again > uint64(hot)/4 {
			err = fmt.Errorf("of %d pages that were used %d had to be read again after a scan; memory holds %d", hot, again, frames)
		}
		return err
	},
}.Register()

func row(i int) []byte { return fmt.Appendf(nil, "row %08d", i) }

// fill commits rows of some 250 bytes each, and writes their pages.
func (t *Trial) fill(rows int) error {
	value := make([]byte, 220)
	for i := 0; i < rows; {
		u := t.DB.Begin()
		for end := min(rows, i+100); i < end; i++ {
			if err := t.await(func() error { return u.Put(row(i), value) }); err != nil {
				return err
			}
		}
		if err := t.await(u.Commit); err != nil {
			return err
		}
	}
	return t.await(t.DB.WriteAll)
}

// walkOver walks over rows, in one of two ways, and counts them.
func (t *Trial) walkOver(r *scheduletest.Run, span scheme.Range) (seen int, err error) {
	next := t.DB.Seek
	if r.IntN(2) == 0 {
		r.Marks.Sometimes("a walk in a snapshot", true)
		s, err := t.DB.Snapshot()
		if err != nil {
			return 0, err
		}
		defer s.Close()
		next = func(span scheme.Range) (key, value []byte, found bool, err error) {
			err = scheme.Resolve(func() (err error) {
				key, value, found, err = s.Seek(span)
				return err
			})
			return key, value, found, err
		}
	} else {
		r.Marks.Sometimes("a walk of the owner's", true)
	}
	for {
		key, _, found, err := next(span)
		if err != nil || !found {
			return seen, err
		}
		if seen++; span.Reverse {
			span.To = append([]byte(nil), key...)
		} else {
			span.From = append(append([]byte(nil), key...), 0)
		}
	}
}
