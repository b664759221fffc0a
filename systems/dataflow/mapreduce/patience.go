package mapreduce

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// patience is what a master has learnt of how long signs of life take from an address.
// DeadAfter and Lease are guesses; on a network that is slower than they allow for, every
// execution would be given up before it is heard of, and the job would never end. A worker
// that was given up and turns out to have lived is waited for twice as long from then on.
type patience struct {
	times time.Duration // DeadAfter and Lease are stretched by it: 1, 2, 4 and so on
	life  uint64        // that was given up for its silence
	gone  []task.Token  // of attempts that were given up since nothing was heard of them
}

const (
	maxPatience = 32
	maxGone     = 64
)

// newWorker makes an entry for a worker that is there; patience with its address is older.
func (m *Master) newWorker(a node.Addr, life uint64) *worker {
	p := m.patience[a]
	if p == nil {
		p = &patience{times: 1}
		m.patience[a] = p
	}
	w := &worker{addr: a, life: life, heard: m.env.Elapsed(), patience: p}
	if p.life == life && life != 0 {
		m.bear(w)
	}
	m.workers[a] = w
	m.order = append(m.order, w)
	return w
}

// bear doubles the patience with a worker that was given up in error.
func (m *Master) bear(w *worker) {
	w.patience.times = min(2*w.patience.times, maxPatience)
	w.patience.life, w.patience.gone = 0, nil
	for _, t := range m.tables {
		t.Prolong(w.addr, m.cfg.Lease*w.patience.times)
	}
}

// silent tells whether nothing was heard of a worker for a time, stretched by the patience
// with it.
func (m *Master) silent(w *worker, d time.Duration) bool {
	return m.env.Elapsed()-w.heard >= d*w.patience.times
}

// expired remembers an attempt whose lease ran out.
func (p *patience) expired(t task.Token) {
	if len(p.gone) == maxGone {
		p.gone = p.gone[1:]
	}
	p.gone = append(p.gone, t)
}

// wronged tells whether a worker speaks of an attempt whose lease ran out: it was under way,
// and the news of it were late.
func (p *patience) wronged(r *Report) bool {
	return len(p.gone) > 0 &&
		(slices.ContainsFunc(r.Running, func(x Running) bool { return slices.Contains(p.gone, x.Token) }) ||
			slices.ContainsFunc(r.Ended, func(e Ended) bool { return slices.Contains(p.gone, e.Token) }))
}
