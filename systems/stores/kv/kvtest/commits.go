package kvtest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/kernel/workload"
)

// padding makes values longer.
func padding(n int) string { return strings.Repeat(".", n) }

func unpad(value []byte) string { return strings.TrimRight(string(value), ".") }

// commits returns the operations of the history in the order of their execution,
// for check.CommitOrder, or an error if one was executed twice.
func (r *Record) commits(h History) (ids []int, err error) {
	writers := map[string]int{}
	for id := range h {
		if h[id].In.Value != "" {
			writers[h[id].In.Value] = id
		}
	}
	places := map[int]int{}
	for i := range r.entries {
		id, ok := r.entries[i].operation(writers)
		if !ok {
			continue
		}
		if before, twice := places[id]; twice {
			return nil, fmt.Errorf("exactly once: %v was executed at index %d and again at %d", h[id].In, r.entries[before].index, r.entries[i].index)
		}
		places[id] = i
		if h[id].Outcome == workload.Failed {
			return nil, fmt.Errorf("surely not: %v failed (%s) and was executed at index %d", h[id].In, h[id].Err, r.entries[i].index)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// operation tells which operation of the history a command is that was not
// refused.
func (e *entry) operation(writers map[string]int) (int, bool) {
	c, r := e.decode()
	value := ""
	switch {
	case r.Err != 0:
		return 0, false
	case c.DeleteRange != nil:
		_, after, found := bytes.Cut(c.DeleteRange.RangeEnd, []byte{0})
		id, err := strconv.Atoi(string(after))
		return id, found && err == nil
	case c.Put != nil:
		value = unpad(c.Put.Value)
	case c.Txn != nil:
		for _, op := range c.Txn.Success {
			if op.Put == nil {
				continue
			}
			if id, ok := writers[unpad(op.Put.Value)]; ok {
				return id, true
			}
		}
	}
	id, ok := writers[value]
	return id, ok
}
