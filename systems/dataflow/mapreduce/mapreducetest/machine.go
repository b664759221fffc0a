package mapreducetest

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// machine is a worker whose tasks are bytes: one map and one reduce task at a time.
type machine struct {
	*model
	number  int
	env     node.Env
	life    uint64
	term    mapreduce.Term
	hired   time.Duration // when the program has come
	coming  node.Timer    // for it
	running []*modelled
	ended   []mapreduce.Ended
	located []bool // by map task
	known   uint64
}

// modelled is a task under way.
type modelled struct {
	order   *mapreduce.Assign
	began   time.Duration
	lasts   time.Duration // of a map task
	timer   node.Timer
	fetched []bool // by map task
	whole   int
	next    int
	written float64
}

// Start implements node.Node.
func (x *machine) Start(env node.Env) {
	x.env, x.life = env, env.Rand().Uint64()|1
	delete(x.fetching, x.name())
	delete(x.writing, x.name())
	if x.w.Now() == 0 {
		x.hired = time.Duration(x.number+1) * startAtMost / time.Duration(x.machines)
	}
}

func (x *machine) name() string { return x.env.Self().Host() }

// Receive implements node.Node.
func (x *machine) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *mapreduce.Hire:
		x.hire(from, m)
	case *mapreduce.Ping:
		x.report()
	case *mapreduce.Assign:
		x.begin(m)
	case *mapreduce.Settle:
		for _, v := range m.Verdicts {
			x.settle(v)
		}
	case *mapreduce.Locate:
		if m.From <= x.known && m.To >= x.known && x.located != nil {
			for _, p := range m.Places {
				x.located[p.Map] = p.Token != (task.Token{})
			}
			x.known = m.To
		}
	}
}

// hire joins the master as soon as the program is there.
func (x *machine) hire(master node.Addr, h *mapreduce.Hire) {
	switch left := x.hired - x.env.Elapsed(); {
	case left <= 0:
		x.join(master, h)
	case x.coming == nil:
		x.coming = x.env.Timer(func() { x.join(master, h) })
		x.coming.Reset(left)
	}
}

func (x *machine) join(master node.Addr, h *mapreduce.Hire) {
	if x.term != h.Term {
		x.term, x.located, x.known = h.Term, make([]bool, h.Maps), 0
	}
	x.env.Send(master, &mapreduce.Join{Term: x.term, Life: x.life, MapSlots: 1, ReduceSlots: 1})
}

func (x *machine) report() {
	r := &mapreduce.Report{Term: x.term, Life: x.life, Known: x.known}
	for _, t := range x.running {
		r.Running = append(r.Running, mapreduce.Running{
			Kind: t.order.Kind, Task: t.order.Task, Token: t.order.Token, Progress: x.progress(t),
		})
	}
	r.Ended = append(r.Ended, x.ended...)
	x.env.Send(masterAddr, r)
}

func (x *machine) progress(t *modelled) int {
	if t.order.Kind == mapreduce.MapKind {
		return int(1000 * (x.env.Elapsed() - t.began) / max(t.lasts, 1))
	}
	return 500*t.whole/x.maps + int(500*t.written/x.outputBytes())
}

func (x *machine) begin(a *mapreduce.Assign) {
	t := &modelled{order: a, began: x.env.Elapsed()}
	x.running = append(x.running, t)
	if a.Kind == mapreduce.MapKind {
		x.beginMap(t)
		return
	}
	t.fetched = make([]bool, x.maps)
	t.timer = x.env.Timer(func() { x.fetch(t) })
	t.timer.Reset(openTime)
}

// beginMap reads the split, from the disk here or of another machine, and for a sort
// writes as much to the disk here.
func (x *machine) beginMap(t *modelled) {
	rate := remoteRate
	for _, h := range t.order.Split.Hosts {
		if h == x.name() {
			rate = readRate
		}
	}
	read := seconds(splitBytes / rate * x.slow(x.number))
	t.lasts = openTime + read
	if !x.p.Grep {
		t.lasts += seconds(splitBytes / spillRate * x.slow(x.number))
	}
	t.lasts += time.Duration(x.env.Rand().Int64N(int64(t.lasts / 5)))
	x.spread(&x.run.Input, x.w.Now()+openTime, x.w.Now()+openTime+read, splitBytes)
	t.timer = x.env.Timer(func() {
		x.finish(t, mapreduce.Ended{Regions: x.reduces, Bytes: int64(x.regionBytes() * float64(x.reduces))})
	})
	t.timer.Reset(t.lasts)
}

func (m *model) regionBytes() float64 {
	if m.p.Grep {
		return 400 // some matches
	}
	return m.outputBytes() / float64(m.maps)
}

// outputBytes is that of one reduce task.
func (m *model) outputBytes() float64 {
	if m.p.Grep {
		return 400 * float64(m.maps)
	}
	return splitBytes * float64(m.maps) / float64(m.reduces)
}

// fetch takes what the network gives in a quantum, of regions whose places are known.
func (x *machine) fetch(t *modelled) {
	x.fetching[x.name()] = true
	rate := min(fetchMost, fetchShare*float64(x.machines)/float64(len(x.fetching)))
	can, took := rate*quantum.Seconds(), 0.0
	for n := 0; n < x.maps && took < can; n++ {
		i := t.next
		if x.located[i] && !t.fetched[i] {
			t.fetched[i] = true
			t.whole++
			took += x.regionBytes()
		}
		t.next = (i + 1) % x.maps
	}
	x.spread(&x.run.Shuffle, x.w.Now(), x.w.Now()+quantum, took)
	if t.whole < x.maps {
		t.timer.Reset(quantum)
		return
	}
	delete(x.fetching, x.name())
	t.timer = x.env.Timer(func() { x.write(t) })
	t.timer.Reset(seconds(took/rate) + seconds(x.outputBytes()/sortRate*x.slow(x.number)))
}

// write puts out what the disks and the network give in a quantum.
func (x *machine) write(t *modelled) {
	x.writing[x.name()] = true
	rate := min(writeMost, writeShare*float64(x.machines)/float64(len(x.writing))) / x.slow(x.number)
	n := min(rate*quantum.Seconds(), x.outputBytes()-t.written)
	t.written += n
	took := seconds(n / rate)
	x.spread(&x.run.Output, x.w.Now(), x.w.Now()+took, n)
	next := x.env.Timer(func() { x.write(t) })
	if t.written >= x.outputBytes() {
		next = x.env.Timer(func() {
			delete(x.writing, x.name())
			x.finish(t, mapreduce.Ended{Bytes: int64(x.outputBytes())})
		})
	}
	t.timer = next
	t.timer.Reset(took)
}

func (x *machine) finish(t *modelled, e mapreduce.Ended) {
	e.Kind, e.Task, e.Token = t.order.Kind, t.order.Task, t.order.Token
	x.drop(t)
	x.ended = append(x.ended, e)
	x.report()
}

// drop ends a task here.
func (x *machine) drop(t *modelled) {
	t.timer.Stop()
	if t.order.Kind == mapreduce.ReduceKind {
		delete(x.fetching, x.name())
		delete(x.writing, x.name())
	}
	for i, o := range x.running {
		if o == t {
			x.running = append(x.running[:i:i], x.running[i+1:]...)
			return
		}
	}
}

func (x *machine) settle(v mapreduce.Verdict) {
	for i := range x.ended {
		if x.ended[i].Token == v.Token {
			x.ended = append(x.ended[:i:i], x.ended[i+1:]...)
			return
		}
	}
	for _, t := range x.running {
		if t.order.Token == v.Token && !v.Counts {
			x.drop(t)
			return
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
