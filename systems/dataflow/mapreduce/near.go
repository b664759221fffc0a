package mapreduce

import (
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Neighbours are the workers on this machine, this one among them. They read each other's
// regions where these lie, and send nothing. What is read must have its sum all the same; a
// region that cannot be read so is fetched by messages.
type Neighbours interface {
	// Dir tells others on this machine where this worker's files are.
	Dir() string
	// Near tells whether a host is on this machine, as far as is known.
	Near(host string) bool
	// Open opens a file below what Dir says at another worker. It is called beside the
	// loop, for several files at a time.
	Open(dir, name string) (NearFile, error)
}

// NearFile is a file of a neighbour.
type NearFile interface {
	io.ReaderAt
	io.Closer
}

// maxNear bounds the files of neighbours that an execution has open.
const maxNear = 256

// outputName is the file of an attempt of a map task, below its worker's directory.
func outputName(t task.Token) string { return "map/" + t.String() }

// near tells whether a region is to be read where it lies.
func (x *execution) near(r *incoming) bool {
	n := x.worker.cfg.Neighbours
	return n != nil && !r.far && len(x.lent) < maxNear && n.Near(r.place.Worker.Host())
}

// lent is a region that was read where it lies.
type lent struct {
	file NearFile
	err  error
}

// borrow reads a region in a neighbour's file, once and whole, to see that it is what the
// neighbour says (I4). The body reads it there again.
func (x *execution) borrow(r *incoming, c *Chunk) {
	w := x.worker
	place := r.place
	r.region, r.borrowing = c.Region, true
	w.env.Job(func() any {
		file, err := w.cfg.Neighbours.Open(c.Dir, outputName(c.Token))
		if err == nil {
			err = sumIs(io.NewSectionReader(file, c.At, c.Region.Length), c.Region.Sum)
		}
		return lent{file, err}
	}, func(result any) {
		l := result.(lent)
		if wanted := !x.over && r.borrowing && r.place == place; !wanted || l.err != nil {
			if l.file != nil {
				l.file.Close()
			}
			if wanted {
				r.borrowing, r.far = false, true
				x.askFor(r)
			}
			return
		}
		x.lent = append(x.lent, l.file)
		r.file, r.at, r.have, r.borrowing = l.file, c.At, c.Region.Length, false
		w.job.shuffled += r.have
		x.whole(r)
	})
}

func sumIs(in io.Reader, want uint32) error {
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if got := sum.Sum32(); got != want {
		return fmt.Errorf("it has the sum %08x, want %08x", got, want)
	}
	return nil
}
