package twophasetest

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/commit/twophase/property"
)

// Locks is a lock whose processes are moved step by step.
var Locks = experiment.Register(experiment.Small(experiment.Experiment{
	System: "twophase", Name: "locks", Hosts: "0",
	Question: `Is anything bad ever to be seen? Two to five processes share a lock: a flag that is tested and set, Peterson's
turns, or a service with a queue. A search chooses whose step is next. At most one process is inside (mutual exclusion); and
with turns, once a process waits, the other enters before it at most once (bounded overtaking). Both are safety: a run
that breaks them is finite, and is shown up to there.`,
	Canon: []string{"twophase.property.mutual-exclusion", "twophase.property.bounded-overtaking"},
	Params: []experiment.Param{
		{Name: "lock", Kind: experiment.Int, Doc: "0 flag, 1 turns, 2 queue; drawn if not set"},
		{Name: "processes", Kind: experiment.Int, Doc: "2 to 5 if not set; turns are for 2", Shrink: true, Least: 2},
	},
	Sometimes: []string{"one waited while another was inside", "overtaken once by turns"},
}, 60, func(seed uint64, _ experiment.Options, set *experiment.Settings) experiment.Moves {
	k := sim.NewKnobs(seed)
	kind, n := set.Int("lock", int(seed%3)), set.Int("processes", k.Int("processes", 2, 5))
	switch kind {
	case 0:
		return newLockWorld(property.NewSpin(n))
	case 1:
		return newLockWorld(&property.Turns{})
	}
	return newLockWorld(property.NewQueue(n))
}))

// lockWorld is a lock and what a judge remembers of its past.
type lockWorld struct {
	lock     property.Lock
	turns    bool
	overtook []int // entries of others since a process began to wait
	broken   string
	marks    experiment.Marks
}

func newLockWorld(l property.Lock) *lockWorld {
	_, turns := l.(*property.Turns)
	return &lockWorld{lock: l, turns: turns, overtook: make([]int, l.Processes())}
}

// Moves returns the processes.
func (w *lockWorld) Moves() (moves []string) {
	for p := range w.lock.Processes() {
		moves = append(moves, "step "+strconv.Itoa(p))
	}
	return moves
}

// Make lets a process step.
func (w *lockWorld) Make(move string) bool {
	p, err := strconv.Atoi(strings.TrimPrefix(move, "step "))
	if err != nil || p < 0 || p >= w.lock.Processes() {
		return false
	}
	before := w.phases()
	w.lock.Step(p)
	w.judge(before, w.phases())
	return true
}

func (w *lockWorld) phases() (phases []property.Phase) {
	for p := range w.lock.Processes() {
		phases = append(phases, w.lock.Phase(p))
	}
	return phases
}

// judge looks at one step.
func (w *lockWorld) judge(before, after []property.Phase) {
	var in []int
	entered := -1
	for p := range after {
		if after[p] == property.Inside {
			in = append(in, p)
			if before[p] != property.Inside {
				entered = p
			}
		}
	}
	for p := range after {
		switch {
		case after[p] != property.Waiting || before[p] != property.Waiting:
			w.overtook[p] = 0
		case entered >= 0:
			w.overtook[p]++
			w.marks.Sometimes("overtaken once by turns", w.turns)
		}
		w.marks.Sometimes("one waited while another was inside", after[p] == property.Waiting && len(in) > 0)
		if w.turns && w.overtook[p] > 1 && w.broken == "" {
			w.broken = fmt.Sprintf("bounded overtaking: process %d waits and is overtaken %d times", p, w.overtook[p])
		}
	}
	if len(in) > 1 && w.broken == "" {
		w.broken = fmt.Sprintf("mutual exclusion: processes %v are inside", in)
	}
}

// Broken says what was.
func (w *lockWorld) Broken() string { return w.broken }

// State condenses the lock and the judge's memory.
func (w *lockWorld) State() uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, w.lock)
	if w.turns { // the only lock with a bound
		fmt.Fprint(h, w.overtook)
	}
	return h.Sum64()
}

// Marks notes what was reached.
func (w *lockWorld) Marks() *experiment.Marks { return &w.marks }

// Close does nothing.
func (w *lockWorld) Close() {}

// Starvation asks for what no finite run shows.
var Starvation = experiment.Register(&experiment.Experiment{
	System: "twophase", Name: "starvation", Hosts: "0", Once: true,
	Question: `Does a process that waits get in, if everybody who is inside leaves? No finite run says no, so a cycle of
states is looked for, in which it waits all the way round and others enter: repeated, it starves. A flag that is tested
and set has one, for any number of processes above one; turns and a queue have none. Under the queue every request is
granted before each of the others has entered once more, in fair random schedules. And if one never leaves,
nobody else ever enters.`,
	Canon: []string{"twophase.property.starvation-freedom", "twophase.property.bounded-overtaking"},
	Run: func(seed uint64, _ experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		if err := starvation(seed, &r); err != nil {
			r.Verdict, r.Violation = check.Violation, err.Error()
		}
		return r
	},
})

const manyStates = 20_000

func starvation(seed uint64, r *experiment.Result) error {
	for n := 2; n <= 4; n++ {
		lead, cycle := property.Starves(property.NewSpin(n), 0, manyStates)
		if cycle == nil {
			return fmt.Errorf("no cycle starves a process of %d under a flag that is tested and set", n)
		}
		if err := repeats(property.NewSpin(n), lead, cycle); err != nil {
			return err
		}
		r.Stats[fmt.Sprintf("steps of the cycle, %d processes", n)] = float64(len(cycle))
		if lead, cycle := property.Starves(property.NewQueue(n), 0, manyStates); cycle != nil {
			return fmt.Errorf("starvation: under a queue with %d processes the steps %v, and then %v for ever, starve process 0", n, lead, cycle)
		}
		if err := fair(seed, n); err != nil {
			return err
		}
	}
	if lead, cycle := property.Starves(&property.Turns{}, 0, manyStates); cycle != nil {
		return fmt.Errorf("starvation: under turns the steps %v, and then %v for ever, starve process 0", lead, cycle)
	}
	return stays()
}

// repeats goes round a cycle often: the process is overtaken as often as one likes.
func repeats(l property.Lock, lead, cycle []int) error {
	for _, p := range lead {
		l.Step(p)
	}
	entries := 0
	for range 1000 {
		for _, p := range cycle {
			l.Step(p)
			if p != 0 && l.Phase(p) == property.Inside {
				entries++
			}
		}
		if l.Phase(0) != property.Waiting {
			return fmt.Errorf("the steps %v are no cycle in which process 0 waits", cycle)
		}
	}
	return demand(entries >= 1000, "others entered %d times in 1000 rounds", entries)
}

// fair draws whose step is next, and demands that nobody who waits sees any of the
// others enter twice.
func fair(seed uint64, n int) error {
	k, l := sim.NewKnobs(seed), property.NewQueue(n)
	passed := make([]int, n)
	for step := range 5000 {
		p := sim.Choose(k, fmt.Sprint(n, "step", step), []int{0, 1, 2, 3}[:n]...)
		before := l.Clone()
		l.Step(p)
		for w := range n {
			switch {
			case l.Phase(w) != property.Waiting:
				passed[w] = 0
			case enteredBetween(before, l):
				passed[w]++
			}
			if passed[w] >= n {
				return fmt.Errorf("starvation: process %d of %d waits while others enter %d times", w, n, passed[w])
			}
		}
	}
	return nil
}

func enteredBetween(before, after property.Lock) bool {
	for p := range after.Processes() {
		if before.Phase(p) != property.Inside && after.Phase(p) == property.Inside {
			return true
		}
	}
	return false
}

// stays has one process never leave.
func stays() error {
	l := property.NewQueue(3)
	l.Step(0)
	for step := range 1000 {
		l.Step(1 + step%2)
	}
	return demand(l.Phase(1) == property.Waiting && l.Phase(2) == property.Waiting,
		"somebody entered although the one inside never left: %v", l)
}
