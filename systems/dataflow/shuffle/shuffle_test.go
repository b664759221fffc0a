package shuffle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// memory is a file that may be full, and may lie.
type memory struct {
	data []byte
	room int // 0: endless
}

var errNoRoom = errors.New("no room")

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	end := int(at) + len(p)
	if m.room > 0 && end > m.room {
		return 0, errNoRoom
	}
	if end > len(m.data) {
		m.data = append(m.data, make([]byte, end-len(m.data))...)
	}
	return copy(m.data[at:], p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(m.data).ReadAt(p, at)
}

type pair struct{ key, value string }

// emit puts pairs into a buffer, spills when it is full, and finishes.
func emit(t interface{ Fatal(...any) }, pairs []pair, size int64, partitions int, memoryBytes int64, combine Combine) Run {
	b := NewBuffer(size)
	spills := NewSpills(NewScratch(&memory{}), partitions)
	spill := func(w *Writer) error { return b.Spill(w, combine) }
	for _, p := range pairs {
		for !b.Add(Partition([]byte(p.key), partitions), []byte(p.key), []byte(p.value)) {
			if err := spills.Add(spill); err != nil {
				t.Fatal(err)
			}
		}
	}
	run, err := spills.Finish(&memory{}, spill, memoryBytes, combine)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func readAll(t interface{ Fatal(...any) }, s Sorted) (pairs []pair) {
	for s.Next() {
		pairs = append(pairs, pair{string(s.Key()), string(s.Value())})
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return pairs
}

// oracle is what a stable sort of everything gives for one partition.
func oracle(tasks [][]pair, part, partitions int) (want []pair) {
	for _, pairs := range tasks {
		for _, p := range pairs {
			if Partition([]byte(p.key), partitions) == part {
				want = append(want, p)
			}
		}
	}
	slices.SortStableFunc(want, func(a, b pair) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	return want
}

func draw(t *rapid.T) (tasks [][]pair, partitions int) {
	partitions = rapid.IntRange(1, 5).Draw(t, "R")
	key := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00")), 0, 12, 12),
		rapid.String(),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf("commonprefix%d", n) }),
	)
	for range rapid.IntRange(1, 6).Draw(t, "tasks") {
		keys := rapid.SliceOfN(key, 0, 200).Draw(t, "keys")
		var pairs []pair
		for i, k := range keys {
			pairs = append(pairs, pair{k, fmt.Sprint(len(tasks), ".", i)})
		}
		tasks = append(tasks, pairs)
	}
	return tasks, partitions
}

func TestAMergeIsAStableSortOfEverythingWhateverTheMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, partitions := draw(t)
		size := int64(rapid.IntRange(0, 16<<10).Draw(t, "buffer"))
		var runs []Run
		for _, pairs := range tasks {
			runs = append(runs, emit(t, pairs, size, partitions, 4*ReaderSize, nil))
		}
		memoryBytes := int64(rapid.IntRange(2, 8).Draw(t, "readers")) * ReaderSize
		for part := range partitions {
			var inputs []*io.SectionReader
			for _, run := range runs {
				inputs = append(inputs, run.Input(part))
			}
			inputs, err := Compact(inputs, NewScratch(&memory{}), memoryBytes, nil)
			if err != nil {
				t.Fatal(err)
			}
			budget := NewBudget(memoryBytes)
			m, err := NewMerge(inputs, budget)
			if err != nil {
				t.Fatal(err)
			}
			got, want := readAll(t, m), oracle(tasks, part, partitions)
			if !slices.Equal(got, want) {
				t.Fatalf("part %d: %q, want %q", part, got, want)
			}
			m.Close()
			if budget.Free() != memoryBytes || budget.Peak() > memoryBytes {
				t.Fatalf("%d free of %d, peak %d", budget.Free(), memoryBytes, budget.Peak())
			}
		}
	})
}

func TestGroupsSeeEachKeyOnceEvenIfValuesAreLeftUnread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, _ := draw(t)
		run := emit(t, tasks[0], 4096, 1, 4*ReaderSize, nil)
		r, err := NewReader(run.Input(0), NewBudget(ReaderSize))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for g := NewGroups(r); g.Next(); {
			if _, again := seen[string(g.Key())]; again {
				t.Fatalf("%q comes twice", g.Key())
			}
			n, read := 0, rapid.IntRange(0, 5).Draw(t, "read")
			for v := range g.Values() {
				if n++; len(v) == 0 {
					t.Fatal("a value is lost")
				}
				if n > read {
					break
				}
			}
			seen[string(g.Key())] = n
		}
		for _, p := range tasks[0] {
			if _, ok := seen[p.key]; !ok {
				t.Fatalf("%q is missing", p.key)
			}
		}
	})
}

func sum(values iter.Seq[[]byte]) (n int64) {
	for v := range values {
		n += Int(v)
	}
	return n
}

func combineSum(_ []byte, values iter.Seq[[]byte], emit func([]byte)) {
	emit(AppendInt(nil, sum(values)))
}

func TestATableCountsAsAMapDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, partitions := draw(t)
		table := NewTable(int64(rapid.IntRange(0, 1<<17).Draw(t, "size")), func(a, b int64) int64 { return a + b })
		spills := NewSpills(NewScratch(&memory{}), partitions)
		spill := func(w *Writer) error {
			return table.Spill(w, func(k []byte) int { return Partition(k, partitions) }, AppendInt)
		}
		want := map[string]int64{}
		for round := range 40 {
			for _, p := range tasks[0] {
				key := fmt.Sprint(p.key, round%7)
				want[key]++
				for !table.Add([]byte(key), 1) {
					if err := spills.Add(spill); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		run, err := spills.Finish(&memory{}, spill, 8*ReaderSize, combineSum)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for part := range partitions {
			r, err := NewReader(run.Input(part), NewBudget(ReaderSize))
			if err != nil {
				t.Fatal(err)
			}
			for r.Next() {
				got[string(r.Key())] += Int(r.Value())
				if Partition(r.Key(), partitions) != part {
					t.Fatalf("%q is in part %d", r.Key(), part)
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestATableStaysWithinItsSize(t *testing.T) {
	const size = 1 << 20
	table := NewTable(size, func(a, b int64) int64 { return a + b })
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1 << 18 {
		if !table.Add(fmt.Appendf(nil, "key %d", rng.Uint64()), 1) {
			if table.used() > size || table.Len() < 1000 {
				t.Fatalf("%d bytes for %d keys", table.used(), table.Len())
			}
			return
		}
	}
	t.Fatal("it is never full")
}

func TestRecordsLargerThanABlockAndThanTheBuffer(t *testing.T) {
	big := string(bytes.Repeat([]byte("x"), 5*BlockSize))
	pairs := []pair{{"a", "1"}, {big, "2"}, {"b", big}, {big, big}}
	run := emit(t, pairs, 4096, 1, 64*ReaderSize, nil)
	budget := NewBudget(1 << 20)
	r, err := NewReader(run.Input(0), budget)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, r); !slices.Equal(got, oracle([][]pair{pairs}, 0, 1)) {
		t.Fatal("other pairs")
	}
	if r, err = NewReader(run.Input(0), NewBudget(2*BlockSize)); err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	if !errors.Is(r.Err(), ErrBudget) {
		t.Fatalf("%v", r.Err())
	}
}

func TestEveryFlippedBitOfARunIsFound(t *testing.T) {
	var pairs []pair
	for i := range 50 {
		pairs = append(pairs, pair{fmt.Sprint("key", i), fmt.Sprint("value", i)})
	}
	file := emit(t, pairs, 1<<16, 1, 1<<20, nil)
	data := file.File.(*memory).data
	for at := range data {
		data[at] ^= 1 << (at % 8)
		r, err := NewReader(file.Input(0), NewBudget(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
		}
		if !errors.Is(r.Err(), ErrCorrupt) {
			t.Fatalf("byte %d: %v", at, r.Err())
		}
		data[at] ^= 1 << (at % 8)
	}
}

func TestAFullDiskIsAnErrorThatSaysWhere(t *testing.T) {
	b := NewBuffer(1 << 20)
	for i := range 10_000 {
		b.Add(0, fmt.Appendf(nil, "key%d", i), make([]byte, 20))
	}
	_, err := NewScratch(&memory{room: 1 << 16}).Run(1, func(w *Writer) error { return b.Spill(w, nil) })
	if !errors.Is(err, errNoRoom) {
		t.Fatal(err)
	}
}

func TestABudgetTooSmallForTwoReadersIsAnError(t *testing.T) {
	var inputs []*io.SectionReader
	for range 3 {
		inputs = append(inputs, emit(t, []pair{{"k", "v"}}, 4096, 1, 1<<20, nil).Input(0))
	}
	if _, err := Compact(inputs, NewScratch(&memory{}), ReaderSize, nil); !errors.Is(err, ErrBudget) {
		t.Fatal(err)
	}
}

func TestASenderNeverExceedsTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := int64(rapid.IntRange(1, 100).Draw(t, "window"))
		total := int64(rapid.IntRange(0, 1000).Draw(t, "total"))
		var s Sender
		r := NewReceiver(window)
		var held, moved int64
		for steps := 0; moved < total; steps++ {
			s.Grant(r.Grant())
			n := s.Take(min(total-moved-held, int64(rapid.IntRange(1, 50).Draw(t, "send"))))
			if err := r.Arrived(n); err != nil {
				t.Fatal(err)
			}
			if held += n; held > window {
				t.Fatalf("%d held of %d", held, window)
			}
			c := min(held, int64(rapid.IntRange(0, 50).Draw(t, "consume")))
			r.Consumed(c)
			held, moved = held-c, moved+c
			if steps > 5000 {
				t.Fatal("the transfer stands still")
			}
		}
		if err := r.Arrived(window + 1); !errors.Is(err, ErrCredit) {
			t.Fatal(err)
		}
	})
}

func FuzzReader(f *testing.F) {
	run := emit(f, []pair{{"a", "1"}, {"b", "2"}}, 4096, 1, 1<<20, nil)
	f.Add(run.File.(*memory).data)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
		r, err := NewReader(in, NewBudget(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
		}
		if err := r.Err(); err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrBudget) {
			t.Fatal(err)
		}
	})
}
