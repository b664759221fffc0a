package relay

import (
	"bytes"
	"testing"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// written is records in the order of their appends, as a stream holds them.
type written struct {
	node.Log
	records [][]byte
}

func (w *written) Append(record []byte) node.LSN {
	w.records = append(w.records, bytes.Clone(record))
	return node.LSN(len(w.records))
}

func (w *written) replayed(t *testing.T, from int) *history {
	t.Helper()
	h := &history{}
	for i, record := range w.records[from:] {
		if err := h.replayRecord(node.LSN(i+1), record); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return h
}

func entry(e Epoch, text string) Entry { return Entry{Epoch: e, Data: []byte(text)} }

// What a history was when it was written it is again when it is read back: entries,
// a cut with the epoch that it was fitted in, the mark, and the cut end.
func TestAHistoryReadsBackAsItWas(t *testing.T) {
	w := &written{}
	h := &history{stream: w}
	for i, e := range []Entry{entry(1, "a"), entry(1, "b"), entry(1, "c"), entry(2, "d")} {
		h.append(e)
		if h.last() != rsm.Index(i+1) {
			t.Fatalf("last is %d after %d entries", h.last(), i+1)
		}
	}
	h.truncate(2)
	h.fitted = 3
	h.save(recordFit, 2, 3)
	h.append(entry(3, "e"))
	h.mark = []byte("view")
	h.saveMark()
	for _, from := range []int{0, 2} { // 2: the first two entries were trimmed
		got := w.replayed(t, from)
		if got.last() != 3 || got.epoch(3) != 3 || string(got.at(3).Data) != "e" || got.fitted != 3 || string(got.mark) != "view" {
			t.Errorf("from record %d: last %d, fitted %d, mark %q", from, got.last(), got.fitted, got.mark)
		}
	}
}

// A history that goes on behind a checkpoint has nothing before it.
func TestARestartedHistoryHasItsBase(t *testing.T) {
	w := &written{}
	h := &history{stream: w}
	h.append(entry(1, "a"))
	h.restart(7, 4)
	h.save(recordRestart, 7, 4)
	h.append(entry(5, "h"))
	got := w.replayed(t, 0)
	if got.base != 7 || got.baseEpoch != 4 || got.last() != 8 || !got.has(7, 4) || got.has(7, 3) || got.has(6, 1) {
		t.Errorf("base %d of epoch %d, last %d", got.base, got.baseEpoch, got.last())
	}
}

// Records that no history wrote are refused, and none makes the reader fall.
func FuzzReplay(f *testing.F) {
	w := &written{}
	h := &history{stream: w}
	h.append(entry(1, "a"))
	h.save(recordFit, 1, 2)
	h.save(recordRestart, 9, 2)
	h.saveMark()
	for _, record := range w.records {
		f.Add(record)
	}
	f.Add([]byte{recordEntry, 200})
	f.Add([]byte{17, 1, 1})
	f.Fuzz(func(t *testing.T, record []byte) {
		h := &history{}
		if err := h.replayRecord(1, record); err == nil && len(record) > 0 && (record[0] < recordEntry || record[0] > recordMark) {
			t.Errorf("%x is taken for a record", record)
		}
	})
}
