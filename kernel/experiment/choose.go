package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/parleysystems/parley/kernel/sim"
)

// Search is how a campaign looks for violations.
type Search string

// The searches.
const (
	// Swarm lets the seed draw everything: which faults, which knobs, which
	// weights of moves. It is the default.
	Swarm Search = "swarm"
	// PCT delivers by priorities that change at few points, and so finds an
	// error that needs d orderings with a probability that has a bound.
	PCT Search = "pct"
	// Exhaustive makes every sequence of moves of a small world, up to a length,
	// but for those that lead to a state it has seen.
	Exhaustive Search = "exhaustive"
	// Coverage changes the plans of runs whose events were connected in a way
	// that no earlier run's were.
	Coverage Search = "coverage"
)

// ParseSearch reads a search's name.
func ParseSearch(name string) (Search, error) {
	switch s := Search(name); s {
	case Swarm, PCT, Exhaustive, Coverage:
		return s, nil
	}
	return "", fmt.Errorf("%q is none of the searches swarm, pct, exhaustive, coverage", name)
}

// chooser is the one source of choices of all searches: it picks among moves
// that could be made next. Moves belong to chains: messages of one link, moves
// of one kind at one host.
type chooser interface{ choose(moves []string) int }

// chain is what a move belongs to: for deliveries "deliver a -> b", whatever the
// message, for others all of it.
func chain(move string) string {
	before, after, link := strings.Cut(move, " -> ")
	if !link {
		return move
	}
	kind, _, _ := strings.Cut(move, " ")
	from := before[strings.LastIndexByte(before, ' ')+1:]
	to, _, _ := strings.Cut(after, " ")
	return kind + " " + from + " -> " + to
}

// pct schedules by priorities (Burckhardt, Kothari, Musuvathi and Nagarakatte
// 2010; for messages: Ozkan and others 2018). Each chain draws a priority when
// it first shows up, the highest goes first, and at depth-1 points, drawn among
// the length steps of the run, the chain whose turn it is falls below all
// others. With n chains and k steps, an error that needs d ordering constraints
// is hit with a probability of at least 1/(n k^(d-1)).
type pct struct {
	rand     *rand.Rand
	priority map[string]float64
	changes  map[int]bool
	made     map[string]int // moves, as often as they were made
	step     int
	lowest   float64
}

func newPCT(seed uint64, depth, length int) *pct {
	p := &pct{rand: rand.New(rand.NewPCG(seed, 0x9c7)), priority: map[string]float64{}, changes: map[int]bool{}, made: map[string]int{}}
	for range depth - 1 {
		p.changes[p.rand.IntN(max(length, 1))] = true
	}
	return p
}

// choose picks a move. What comes from outside, such as a crash, is a chain of
// its own each time: nothing orders two of them.
func (p *pct) choose(moves []string) int {
	chains := make([]string, len(moves))
	for i, m := range moves {
		if chains[i] = chain(m); chains[i] == m {
			chains[i] = fmt.Sprintf("%s %d", m, p.made[m])
		}
	}
	at := p.pick(chains)
	p.made[moves[at]]++
	return at
}

func (p *pct) pick(chains []string) int {
	at := p.highest(chains)
	if p.changes[p.step] {
		p.lowest--
		p.priority[chains[at]] = p.lowest
		at = p.highest(chains)
	}
	p.step++
	return at
}

func (p *pct) highest(chains []string) int {
	best := 0
	for i, c := range chains {
		if _, known := p.priority[c]; !known {
			p.priority[c] = p.rand.Float64()
		}
		if p.priority[c] > p.priority[chains[best]] {
			best = i
		}
	}
	return best
}

// Choose makes pct a sim.Chooser: the messages of a link are a chain, and their
// order on the link is kept.
func (p *pct) Choose(waiting []sim.Held) int {
	chains := make([]string, len(waiting))
	for i, h := range waiting {
		chains[i] = h.From.Host() + " -> " + h.To.Host()
	}
	return p.pick(chains)
}

// walk chooses at random, by weights that the seed draws for each kind of move,
// each type of message and each chain: one run hardly ever delivers on some
// link, another holds back all entries, as in a swarm.
type walk struct {
	rand    *rand.Rand
	weights map[string]float64
}

func newWalk(seed uint64) *walk {
	return &walk{rand: rand.New(rand.NewPCG(seed, 0x3a1c)), weights: map[string]float64{}}
}

func (w *walk) choose(moves []string) int {
	total := 0.0
	weights := make([]float64, len(moves))
	for i, m := range moves {
		weights[i] = w.weight(m)
		total += weights[i]
	}
	left := w.rand.Float64() * total
	for i := range weights {
		if left -= weights[i]; left < 0 {
			return i
		}
	}
	return len(moves) - 1
}

// weight is the product of those of the move's kind, of its chain, and of the
// type of its message.
func (w *walk) weight(move string) float64 {
	kind, rest, _ := strings.Cut(move, " ")
	weight := w.drawn("kind "+kind) * w.drawn(chain(move))
	if what, _, message := strings.Cut(rest, " "); message {
		weight *= w.drawn("type " + what)
	}
	return weight
}

func (w *walk) drawn(name string) float64 {
	weight, known := w.weights[name]
	if !known {
		weight = math.Exp2(float64(w.rand.IntN(9)) - 4)
		w.weights[name] = weight
	}
	return weight
}
