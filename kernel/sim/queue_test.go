package sim

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
)

func TestQueueOrdersByTimeThenInsertion(t *testing.T) {
	type entry struct {
		event
		order int
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var q queue
		var want []*entry
		index := map[*event]*entry{}
		order := 0
		add := func() {
			e := &entry{order: order}
			order++
			q.push(&e.event, q.now+int64(r.Uint64N(1<<r.UintN(40))))
			want = append(want, e)
			index[&e.event] = e
		}
		for range 50 {
			add()
		}
		for len(want) > 0 {
			if r.UintN(3) == 0 && order < 400 {
				add()
			}
			if r.UintN(4) == 0 {
				i := r.IntN(len(want))
				q.remove(&want[i].event)
				want = append(want[:i], want[i+1:]...)
				continue
			}
			sort.Slice(want, func(i, j int) bool {
				if want[i].at != want[j].at {
					return want[i].at < want[j].at
				}
				return want[i].order < want[j].order
			})
			limit := q.now + int64(r.Uint64N(1<<r.UintN(40)))
			got := q.pop(limit)
			if want[0].at > limit {
				if got != nil || q.now != limit {
					t.Fatalf("seed %d: popped %v beyond the limit %d", seed, got, limit)
				}
				continue
			}
			if got == nil || index[got] != want[0] {
				t.Fatalf("seed %d: popped %v, want %v", seed, got, want[0].event)
			}
			want = want[1:]
		}
		if q.size != 0 || q.levels != 0 {
			t.Fatalf("seed %d: %d events left behind", seed, q.size)
		}
	}
}

// heap4 is the alternative that the wheel was chosen over: a 4-ary heap of
// values, which cannot take events out from the middle.
type heap4 struct {
	items []heapItem
	seq   uint64
}

type heapItem struct {
	at  int64
	seq uint64
	e   *event
}

func (h *heapItem) before(o *heapItem) bool {
	return h.at < o.at || h.at == o.at && h.seq < o.seq
}

func (h *heap4) push(e *event, at int64) {
	h.seq++
	h.items = append(h.items, heapItem{at, h.seq, e})
	i := len(h.items) - 1
	item := h.items[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !item.before(&h.items[parent]) {
			break
		}
		h.items[i] = h.items[parent]
		i = parent
	}
	h.items[i] = item
}

func (h *heap4) pop() heapItem {
	top := h.items[0]
	last := h.items[len(h.items)-1]
	h.items = h.items[:len(h.items)-1]
	n := len(h.items)
	i := 0
	for n > 0 {
		least, child := -1, 4*i+1
		for c := child; c < min(child+4, n); c++ {
			if least < 0 || h.items[c].before(&h.items[least]) {
				least = c
			}
		}
		if least < 0 || !h.items[least].before(&last) {
			break
		}
		h.items[i] = h.items[least]
		i = least
	}
	if n > 0 {
		h.items[i] = last
	}
	return top
}

// BenchmarkQueue holds a number of events and replaces the next one by one
// that lies up to a millisecond ahead, as messages do.
func BenchmarkQueue(b *testing.B) {
	for _, pending := range []int{16, 256, 4096, 65536, 1 << 20} {
		delays := make([]int64, 1<<16)
		for i := range delays {
			delays[i] = 200_000 + rand.Int64N(800_000)
		}
		b.Run(fmt.Sprintf("wheel/%d", pending), func(b *testing.B) {
			var q queue
			events := make([]event, pending)
			for i := range events {
				q.push(&events[i], delays[i&0xffff])
			}
			b.ResetTimer()
			for i := range b.N {
				e := q.pop(farFuture)
				q.push(e, q.now+delays[i&0xffff])
			}
		})
		b.Run(fmt.Sprintf("heap4/%d", pending), func(b *testing.B) {
			var h heap4
			events := make([]event, pending)
			for i := range events {
				h.push(&events[i], delays[i&0xffff])
			}
			b.ResetTimer()
			for i := range b.N {
				top := h.pop()
				h.push(top.e, top.at+delays[i&0xffff])
			}
		})
	}
}
