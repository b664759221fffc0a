package jobs

import (
	"bytes"
	"slices"

	"github.com/parleysystems/parley/mapreduce"
)

// SetBorders chooses the ranges of keys that a sort's partitions get, from a sample
// of the input, so that they are about equally large.
func (s *Spec) SetBorders(files []string, partitions, maxRecord int) {
	var keys [][]byte
	key := s.keyOf(s.Field)
	mapreduce.Sample(files, s.format(), maxRecord, func(record []byte) {
		if k, err := key(record); err == nil {
			keys = append(keys, bytes.Clone(k))
		}
	})
	slices.SortFunc(keys, bytes.Compare)
	s.Borders = nil
	for i := 1; i < partitions && len(keys) > 0; i++ {
		s.Borders = append(s.Borders, keys[len(keys)*i/partitions])
	}
}
