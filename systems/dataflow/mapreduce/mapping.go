package mapreduce

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Map implements Program: parse the split, map each record, buffer what is emitted, and
// write it sorted into R regions, by way of Scratch whenever the buffer is full
// (section 3.1).
func (f *functional) Map(t MapTask) (MapResult, error) {
	size := f.user.Buffer
	if size == 0 {
		size = t.Memory / 2
	}
	m := &mapping{
		user: &f.user, task: t, buffer: shuffle.NewBuffer(size),
		spills: shuffle.NewSpills(shuffle.NewScratch(t.Scratch), t.Partitions), counters: Counters{},
	}
	var number uint64
	for r, err := range f.user.Read(t.Split) {
		if err != nil {
			return MapResult{}, err
		}
		if err := m.record(r, number); err != nil {
			return MapResult{}, err
		}
		number++
	}
	return m.finish()
}

// mapping is one execution of a map task.
type mapping struct {
	user     *Functions
	task     MapTask
	buffer   *shuffle.Buffer
	spills   *shuffle.Spills
	counters Counters
	failed   error // of a spill
}

func (m *mapping) record(r Record, number uint64) error {
	if err := m.task.Monitor.Advance(int64(len(r.Key) + len(r.Value))); err != nil {
		return err
	}
	m.counters[CountRecords]++
	if _, skip := slices.BinarySearch(m.task.Skip, number); skip {
		m.counters[CountSkipped]++
		return nil
	}
	_, err := guard(func() (any, error) {
		m.user.Map(r, m.emit)
		return nil, nil
	})
	if err != nil {
		return &RecordError{Record: number, Where: r.Where, Err: err}
	}
	return m.failed
}

func (m *mapping) emit(key, value []byte) {
	p := m.partition(key)
	for m.failed == nil && !m.buffer.Add(p, key, value) {
		m.failed = m.spills.Add(m.spill)
	}
}

// partition must be the same function on every worker: else a key would be in two
// outputs (section 4.1).
func (m *mapping) partition(key []byte) int {
	if m.user.Partition == nil {
		//parley:rule mapreduce.partition.default-and-custom value=shuffle.Partition(append([]byte{byte(m.task.Task)},key...),m.task.Partitions)
		return shuffle.Partition(key, m.task.Partitions)
	}
	p := m.user.Partition(key, m.task.Partitions)
	if p < 0 || p >= m.task.Partitions {
		panic(fmt.Sprintf("the partition function puts a key into partition %d of %d", p, m.task.Partitions))
	}
	return p
}

// combine is the user's combiner, on the map worker and before anything crosses the
// network.
func (m *mapping) combine() shuffle.Combine {
	//parley:rule mapreduce.combiner.local-partial-aggregation value=nil
	return m.user.Combine
}

func (m *mapping) spill(w *shuffle.Writer) error { return m.buffer.Spill(w, m.combine()) }

// last writes what is in the buffer when the split has ended.
func (m *mapping) last(w *shuffle.Writer) error {
	//parley:rule mapreduce.map.partitioned-local-spill value=nil
	return m.spill(w)
}

func (m *mapping) finish() (MapResult, error) {
	run, err := m.spills.Finish(m.task.Out, m.last, m.task.Memory, m.combine())
	if err != nil {
		return MapResult{}, err
	}
	emitted, _ := m.buffer.Emitted()
	m.counters[CountEmitted] = emitted
	m.counters[CountSpills] = int64(m.spills.Len())
	result := MapResult{Counters: m.counters}
	for _, part := range run.Parts {
		result.Regions = append(result.Regions, Region{part.Length, part.Pairs, part.Sum})
		m.counters[CountShuffled] += int64(part.Pairs)
	}
	return result, nil
}
