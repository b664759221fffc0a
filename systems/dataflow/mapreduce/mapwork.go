package mapreduce

import "fmt"

// runMap runs the body of a map task, whose regions become a file on this disk that
// nobody knows of yet: the names are private until the master has accepted them
// (section 3.3).
func (x *execution) runMap() {
	w := x.worker
	out, err := x.create("map")
	if err != nil {
		x.failed(err)
		return
	}
	scratch, err := x.create("scratch")
	if err != nil {
		x.failed(err)
		return
	}
	t := MapTask{
		Task: x.order.Task, Split: x.order.Split, Partitions: w.job.hire.Partitions, Skip: x.order.Skip,
		Memory: w.cfg.Memory, Out: out, Scratch: scratch, Monitor: x.monitor,
	}
	program := w.job.program
	body(x, t.Split.Bytes, func() (MapResult, error) { return program.Map(t) }, x.mapped)
}

// mapped keeps the regions and tells the master where they are.
func (x *execution) mapped(r MapResult, err error) {
	if x.over {
		return
	}
	if err != nil {
		x.failed(err)
		return
	}
	w, o := x.worker, &output{task: x.order.Task, file: x.files[0].file, name: x.files[0].name, regions: r.Regions}
	var at int64
	for p, region := range r.Regions {
		if region.Length < 0 {
			x.failed(fmt.Errorf("the program made region %d of %d bytes", p, region.Length))
			return
		}
		o.starts = append(o.starts, at)
		at += region.Length
	}
	x.files = x.files[1:] // the first stays
	w.job.outputs[x.order.Token] = o
	x.end(Ended{
		Kind: MapKind, Task: x.order.Task, Token: x.order.Token, Regions: len(r.Regions), Bytes: at, Counters: r.Counters,
	})
}
