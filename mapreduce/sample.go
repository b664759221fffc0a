package mapreduce

import (
	"errors"
	"os"
)

const (
	sampleSpots = 200
	sampleBytes = 16 << 10 // of each spot
)

var errSampled = errors.New("sampled enough")

// Sample calls each with records from places spread evenly over files, as many as
// a sort needs to choose ranges of keys by. What it cannot read it leaves to the
// tasks, which say what is wrong.
func Sample(files []string, format Format, maxRecord int, each func(record []byte)) {
	step := total(files)/sampleSpots + 1
	b := &blocks{format: format, maxRecord: max(maxRecord, sampleBytes), buf: make([]byte, sampleBytes)}
	next := int64(0) // distance from the beginning of the file to its next spot
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			continue
		}
		for ; next < info.Size(); next += step {
			p := piece{File: file, Offset: border(next, format), Size: info.Size(), Time: info.ModTime()}
			p.Length = min(sampleBytes, info.Size()-p.Offset)
			if packed(file) != "" || format.kind == csvRecords {
				p.Offset = 0 // a border is known at the beginning only
			}
			_ = b.read(0, p, func(block Block) error {
				_ = format.Records(block, func(_ int64, record []byte) error {
					each(record)
					return nil
				})
				return errSampled
			})
		}
		next -= info.Size()
	}
}
