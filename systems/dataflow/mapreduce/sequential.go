package mapreduce

import (
	"fmt"
	"io"
)

// Sequential runs a program without a cluster and without faults, one task after the
// other and in memory, and returns the R outputs. A job whose program is deterministic
// ends with exactly these, whatever happens to its workers (section 3.3).
func Sequential(p Program, splits []Split, partitions int, memory int64) (outputs [][]byte, total Counters, err error) {
	total = Counters{}
	regions := make([][]*io.SectionReader, partitions)
	for i, s := range splits {
		t := MapTask{Task: i, Split: s, Partitions: partitions, Memory: memory, Out: new(Bytes), Scratch: new(Bytes), Monitor: new(gauge)}
		r, err := guard(func() (MapResult, error) { return p.Map(t) })
		if err != nil {
			return nil, nil, fmt.Errorf("mapreduce: map task %d: %w", i, err)
		}
		if len(r.Regions) != partitions {
			return nil, nil, fmt.Errorf("mapreduce: map task %d: its program made %d regions of %d", i, len(r.Regions), partitions)
		}
		var at int64
		for k, region := range r.Regions {
			regions[k] = append(regions[k], io.NewSectionReader(t.Out, at, region.Length))
			at += region.Length
		}
		total.Add(r.Counters)
	}
	for k := range partitions {
		out := new(Bytes)
		t := ReduceTask{Partition: k, Inputs: regions[k], Memory: memory, Out: out, Scratch: new(Bytes), Monitor: new(gauge)}
		r, err := guard(func() (ReduceResult, error) { return p.Reduce(t) })
		if err != nil {
			return nil, nil, fmt.Errorf("mapreduce: reduce task %d: %w", k, err)
		}
		outputs = append(outputs, out.Bytes()[:r.Length])
		total.Add(r.Counters)
	}
	return outputs, total, nil
}
