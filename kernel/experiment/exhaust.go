package experiment

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/check"
)

// defaultDepth is the longest sequence of an exhaustive search that was not told.
const defaultDepth = 7

// maxStates bounds what an exhaustive search remembers.
const maxStates = 2_000_000

// visited is a state of a small world by the move that led there first.
type visited struct {
	from int32 // index of the state before, -1 for the initial one
	move string
}

// exhaust makes all sequences of moves, the shorter ones first, so that what it
// finds is as short as can be. A world cannot be copied: a state is reached again
// by its moves. Sequences end at states that were reached before.
func (p *player) exhaust() Result {
	depth := defaultDepth
	if p.o.Depth > 0 {
		depth = p.o.Depth
	}
	x := &exhaustion{p: p, seen: map[uint64]bool{}}
	x.add(-1, "", p.reach(nil))
	for from, moves := 0, 0; moves < depth && from < len(x.states); moves++ {
		to := len(x.states)
		for ; from < to; from++ {
			if x.broken != nil || x.full() || p.o.over() {
				return x.result(moves, depth)
			}
			x.expand(int32(from))
		}
	}
	return x.result(depth, depth)
}

type exhaustion struct {
	p      *player
	states []visited
	seen   map[uint64]bool
	made   uint64 // sequences
	broken *Result
	marks  Marks
}

func (x *exhaustion) full() bool { return len(x.states) >= maxStates }

// reach makes a world and some moves in it.
func (p *player) reach(moves []string) Moves {
	world := p.e.small(p.seed, p.o, p.s)
	for _, m := range moves {
		if !world.Make(m) {
			panic(fmt.Sprintf("experiment %s: move %q was possible before, and is not now", p.e.ID(), m))
		}
	}
	return world
}

// add takes notice of a world, whose state is new or not, and closes it.
func (x *exhaustion) add(from int32, move string, world Moves) {
	defer world.Close()
	x.made++
	if m, ok := world.(Marker); ok {
		for _, name := range m.Marks().Names() {
			x.marks.Sometimes(name, true)
		}
	}
	if world.Broken() != "" && x.broken == nil {
		x.p.made = append(x.path(from), move)
		r := x.p.result(world)
		x.broken = &r
	}
	if s := world.State(); !x.seen[s] {
		x.seen[s] = true
		x.states = append(x.states, visited{from, move})
	}
}

// expand makes each move that is possible in a state.
func (x *exhaustion) expand(at int32) {
	path := x.path(at)
	x.p.made = path // for a panic to be replayed
	first := x.p.reach(path)
	moves := first.Moves()
	for i, m := range moves {
		world := first
		if i > 0 {
			world = x.p.reach(path)
		}
		x.p.o.Drawn(joinLines(append(slices.Clone(path), m)), x.p.s.Used())
		if !world.Make(m) {
			panic(fmt.Sprintf("experiment %s offers %q and cannot make it", x.p.e.ID(), m))
		}
		x.add(at, m, world)
	}
	if len(moves) == 0 {
		first.Close()
	}
}

// path returns the moves that lead to a state.
func (x *exhaustion) path(at int32) []string {
	var moves []string
	for ; at > 0; at = x.states[at].from {
		moves = append(moves, x.states[at].move)
	}
	slices.Reverse(moves)
	return moves
}

// result says what was visited. A search that was cut short proves nothing.
func (x *exhaustion) result(moves, depth int) Result {
	r := Result{Verdict: check.OK, Params: x.p.s.Used(), Events: x.made, Marks: x.marks.Names()}
	switch {
	case x.broken != nil:
		r = *x.broken
	case x.p.o.over():
		r.Verdict, r.Violation = check.Unknown, fmt.Sprintf("ended after all sequences of %d moves, of %d", moves, depth)
	case x.full():
		r.Verdict, r.Violation = check.Unknown, fmt.Sprintf("more than %d states: all sequences of %d moves were made, of %d", maxStates, moves, depth)
	}
	r.Stats = map[string]float64{"states": float64(len(x.states)), "sequences": float64(x.made), "moves": float64(moves)}
	return r
}
