package shuffle

import "io"

// Spills is the runs of one map task on their way to its output: what a Buffer or
// a Table held whenever it was full.
type Spills struct {
	scratch    *Scratch
	partitions int
	runs       []Run
}

// NewSpills keeps runs in scratch.
func NewSpills(scratch *Scratch, partitions int) *Spills {
	return &Spills{scratch: scratch, partitions: partitions}
}

// Add puts in the run that spill writes: Buffer.Spill, or Table.Spill.
func (s *Spills) Add(spill func(*Writer) error) error {
	run, err := s.scratch.Run(s.partitions, spill)
	if err == nil {
		s.runs = append(s.runs, run)
	}
	return err
}

// Len returns how many runs were put in.
func (s *Spills) Len() int { return len(s.runs) }

// Finish writes to out one run with the pairs of all, from offset 0 on. The last
// run, which last writes, needs no detour if it is the only one.
func (s *Spills) Finish(out ReadWriterAt, last func(*Writer) error, memory int64, combine Combine) (Run, error) {
	w := NewWriter(out, 0, s.partitions)
	if len(s.runs) == 0 {
		if err := last(w); err != nil {
			return Run{}, err
		}
		return w.Close()
	}
	if err := s.Add(last); err != nil {
		return Run{}, err
	}
	for part := range s.partitions {
		inputs := make([]*io.SectionReader, 0, len(s.runs))
		for _, run := range s.runs {
			if run.Parts[part].Length > 0 {
				inputs = append(inputs, run.Input(part))
			}
		}
		inputs, err := Compact(inputs, s.scratch, memory, combine)
		if err != nil {
			return Run{}, err
		}
		if err := MergeInto(w, part, inputs, memory, combine); err != nil {
			return Run{}, err
		}
	}
	return w.Close()
}
