package mapreducetest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// watcher sees every event, and says what must not be.
type watcher struct {
	k        *Cluster
	to       *trace.Recorder
	underway bool
	dirty    bool // the master had an event
	err      error
	master   *mapreduce.Master // whose tables it knows
	states   [2][]task.State
	places   []mapreduce.Place
	fetched  map[string]int // by attempt and map task
	fetches  int
	readers  map[string]int  // regions read, by the host that has them
	winners  map[int]string  // hosts whose execution of a reduce task was committed
	commits  map[string]int  // by output
	begun    int             // reduce bodies
	counts   map[string]int  // of transitions and of messages by type
	served   map[string]int  // bytes of regions, by host
	by       map[string]int  // regions that were read, by reader
	writing  map[string]bool // hosts that have sent a part of an output
	every    time.Duration   // between two looks at the outputs; 5 ms if zero
	poll     time.Duration
}

func newWatcher(to *trace.Recorder) *watcher {
	return &watcher{to: to, by: map[string]int{}, writing: map[string]bool{}, every: 5 * time.Millisecond, readers: map[string]int{}, winners: map[int]string{}, fetched: map[string]int{}, commits: map[string]int{}, counts: map[string]int{}, served: map[string]int{}}
}

// watch begins to look at a cluster.
func (v *watcher) watch(k *Cluster) {
	v.k = k
	k.World.OnEvent(v.look)
}

func (v *watcher) object(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf(format, args...)
	}
}

// look compares the master's tables with what they were one event ago.
func (v *watcher) look() {
	v.glance()
	if !v.dirty {
		return
	}
	v.dirty = false
	m := v.k.Master()
	if m == nil || m.Table(mapreduce.MapKind) == nil {
		return
	}
	if m != v.master {
		v.know(m)
		return
	}
	if under := m.Phase() == mapreduce.Underway; !v.underway {
		v.underway = under
		v.know(m)
		return
	} else if !under {
		v.underway = false // what ended the job is a change as well
	}
	for k := range v.states {
		t := m.Table(mapreduce.Kind(k))
		for i := range v.states[k] {
			v.step(mapreduce.Kind(k), i, t.State(i))
		}
	}
	for i := range v.places {
		v.placed(m, i)
	}
}

func (v *watcher) know(m *mapreduce.Master) {
	v.underway = v.underway && v.master == m
	v.master = m
	for k := range v.states {
		t := m.Table(mapreduce.Kind(k))
		v.states[k] = make([]task.State, t.Len())
		for i := range v.states[k] {
			v.states[k][i] = t.State(i)
		}
	}
	v.places = make([]mapreduce.Place, len(v.states[mapreduce.MapKind]))
	for i := range v.places {
		v.places[i] = m.Place(i)
	}
}

// step judges a change of state. A task that is lost may be handed out again within the
// event.
func (v *watcher) step(k mapreduce.Kind, i int, now task.State) {
	was := v.states[k][i]
	if was == now {
		return
	}
	v.states[k][i] = now
	v.counts[fmt.Sprintf("%v %v to %v", k, was, now)]++
	if was == task.Idle && now == task.Done || was == task.Done && k == mapreduce.ReduceKind {
		v.object("%v task %d went from %v to %v", k, i, was, now)
	}
}

// placed judges what is recorded of a map task: names for a completed one, and only for
// it, which do not change as long as it is completed.
func (v *watcher) placed(m *mapreduce.Master, i int) {
	was, now := v.places[i], m.Place(i)
	there := now.Token != (task.Token{})
	if done := m.Table(mapreduce.MapKind).State(i) == task.Done; done != there {
		v.object("map task %d is completed: %v, and its regions have a place: %v", i, done, there)
	}
	if was == now {
		return
	}
	v.places[i] = now
	if there && was.Token != (task.Token{}) {
		v.object("the names of map task %d changed from those of attempt %v to those of %v while it was completed", i, was.Token, now.Token)
	}
}

// glance is a reader that polls the final names: it must see nothing, or all of an
// output.
func (v *watcher) glance() {
	if v.k.answer == nil || v.k.World.Now() < v.poll {
		return
	}
	v.poll = v.k.World.Now() + v.every
	for p, want := range v.k.answer {
		if b, there := v.k.output(p); there && !bytes.Equal(b, want) {
			v.object("a reader of partition %d sees what is no whole output: %s", p, differ(b, want))
		}
	}
}

// note takes what nodes say of themselves.
func (v *watcher) note(e trace.Event) {
	if name, silent := strings.CutSuffix(e.What, "/worker does not answer"); silent {
		if h := v.k.World.Host(strings.TrimPrefix(name, "worker ")); h.Up() && !h.Paused() {
			v.counts["fenced"]++
		}
	}
	switch e.What {
	case "region fetched":
		v.fetches++
		v.by[e.Place.Host()]++
		v.readers[v.placeOf(attr(e, "map"))]++
		at := attr(e, "by") + " reads map " + attr(e, "map")
		if v.fetched[at]++; v.fetched[at] > 1 {
			v.object("reduce attempt %s %d times", at, v.fetched[at])
		}
	case "reduce begins":
		v.begun++
		if n, want := attr(e, "regions"), fmt.Sprint(len(v.k.Input)); n != want {
			v.object("a reduce began when %s of %s regions had come", n, want)
		}
	case "output committed":
		name := attr(e, "name")
		if v.commits[name]++; v.commits[name] > 1 {
			v.object("output %s was committed %d times", name, v.commits[name])
		}
	}
}

// placeOf returns the host whose regions of a map task count.
func (v *watcher) placeOf(mapTask string) string {
	i, err := strconv.Atoi(mapTask)
	if m := v.k.Master(); err == nil && m != nil && i < len(v.k.Input) {
		return m.Place(i).Worker.Host()
	}
	return ""
}

func attr(e trace.Event, name string) string {
	for _, a := range e.Attrs() {
		if a.Key == name {
			return a.Value.String()
		}
	}
	return ""
}

// Record implements sim.Observer: it hands on to the recorder of the run, if there is
// one.
func (v *watcher) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		v.note(e)
	case trace.Receive:
		if c, ok := e.Detail.(*mapreduce.Committed); ok && c.Problem == "" {
			v.winners[c.Partition] = e.Place.Host()
		}
	case trace.Send:
		v.counts["send "+e.What]++
		if c, ok := e.Detail.(*mapreduce.Chunk); ok {
			v.served[e.Place.Host()] += len(c.Data)
			if c.Dir != "" {
				v.counts["lent"]++
			}
		}
	}
	v.parts(e)
	if e.Place == masterAddr {
		v.dirty = true
	}
	if v.to != nil {
		return v.to.Record(e)
	}
	return 0
}

// parts notices workers that crash with an output written in part, and completions that
// came after another execution's.
func (v *watcher) parts(e trace.Event) {
	switch m := e.Detail.(type) {
	case *mapreduce.Put:
		v.writing[e.Place.Host()] = v.writing[e.Place.Host()] || e.Kind == trace.Send
	case *mapreduce.Commit:
		delete(v.writing, e.Place.Host())
	case *mapreduce.Report:
		master := v.k.Master()
		if e.Kind != trace.Receive || master == nil || master.Table(mapreduce.MapKind) == nil {
			return
		}
		for _, x := range m.Ended {
			if x.Kind == mapreduce.MapKind && x.Problem == "" && x.Task >= 0 && x.Task < len(v.k.Input) && master.Table(mapreduce.MapKind).State(x.Task) == task.Done &&
				master.Place(x.Task).Token != x.Token {
				v.counts["late completion"]++
			}
		}
	}
	if e.Kind == trace.Crash && v.writing[string(e.Place)] {
		v.counts["cut short"]++
		delete(v.writing, string(e.Place))
	}
}
