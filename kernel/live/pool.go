package live

import "runtime/debug"

// pool is a few goroutines for what would keep a loop too long: pure
// computations, and waits for the disk.
type pool struct {
	host *Host
	work chan work
}

type work struct {
	owner string
	run   func()
}

func newPool(h *Host) *pool { return &pool{h, make(chan work, h.bounds.Jobs)} }

func (p *pool) begin(workers int) {
	for range workers {
		p.host.start(p.worker)
	}
}

// submit queues work and waits if the queue is full; workers wait for nobody,
// so that this ends. After a stop the work is dropped.
func (p *pool) submit(owner string, run func()) {
	select {
	case p.work <- work{owner, run}:
	case <-p.host.done:
	}
}

func (p *pool) worker() {
	for {
		select {
		case w := <-p.work:
			p.run(w)
		case <-p.host.done:
			return
		}
	}
}

func (p *pool) run(w work) {
	defer func() {
		if r := recover(); r != nil {
			p.host.panicked(w.owner, r, debug.Stack())
		}
	}()
	w.run()
}
