package experiment

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/check"
)

// Moves is a small world that stands still until a move is made. Everything that
// can happen in it is a move: a message that arrives, a crash, a request. Its
// plan is the list of moves that were made, one a line, and so a run of it
// replays and shrinks as any other.
type Moves interface {
	// Moves returns what can happen now, in an order that the state decides. None
	// is empty and no two are equal. The first word is the move's kind.
	Moves() []string
	// Make makes a move and lets everything follow that needs no choice. It
	// returns false, and does nothing, if the move is not possible now: plans
	// have lines taken out.
	Make(move string) bool
	// Broken says what was violated so far, or "".
	Broken() string
	// State condenses the state: sequences of moves that lead to the same one
	// need not both be continued.
	State() uint64
	// Close ends the world.
	Close()
}

// Marker is a world that notes Sometimes states.
type Marker interface{ Marks() *Marks }

// Small makes an experiment of a small world: what make returns is moved by the
// search that the caller wants. The parameter moves, the longest sequence, is
// added to e's. With a plan, the run makes its moves and, if asked to Extend,
// goes on from there.
func Small(e Experiment, length int, make func(seed uint64, o Options, s *Settings) Moves) *Experiment {
	e.small = make
	e.Params = append(e.Params, Param{
		Name: "moves", Kind: Int, Doc: fmt.Sprintf("the most moves of a run; %d if not set", length), Least: 1,
	})
	e.Run = func(seed uint64, o Options) Result {
		s := o.Settings()
		p := &player{e: &e, seed: seed, o: o, s: s, length: s.Int("moves", length)}
		if o.Search == Exhaustive && o.Plan == nil {
			return p.exhaust()
		}
		return p.play()
	}
	return &e
}

// player makes one run of a small world.
type player struct {
	e      *Experiment
	seed   uint64
	o      Options
	s      *Settings
	length int
	made   []string
}

func (p *player) play() Result {
	world := p.e.small(p.seed, p.o, p.s)
	defer world.Close()
	if p.o.Plan != nil {
		for _, move := range lines(*p.o.Plan) {
			p.move(world, move)
		}
	}
	if p.o.Plan == nil || p.o.Extend {
		p.search(world)
	}
	return p.result(world)
}

func (p *player) search(world Moves) {
	var c chooser = newWalk(p.seed)
	if p.o.Search == PCT {
		c = newPCT(p.seed, p.o.depth(p.seed), p.length)
	}
	for len(p.made) < p.length && world.Broken() == "" && !p.o.over() {
		moves := world.Moves()
		if len(moves) == 0 {
			return
		}
		p.move(world, moves[c.choose(moves)])
	}
}

func (p *player) move(world Moves, move string) {
	if world.Broken() == "" && world.Make(move) {
		p.made = append(p.made, move)
	}
}

func (p *player) result(world Moves) Result {
	r := Result{
		Verdict: check.OK, Plan: strings.Join(p.made, "\n"), Params: p.s.Used(),
		Events: uint64(len(p.made)), Hash: world.State(),
	}
	for _, m := range p.made {
		r.Hash = r.Hash*1099511628211 + uint64(len(m))
	}
	if p.o.over() {
		return Result{Violation: "the caller ended the run", Params: p.s.Used()}
	}
	if r.Violation = world.Broken(); r.Violation != "" {
		r.Verdict = check.Violation
	}
	if m, ok := world.(Marker); ok {
		r.Marks = m.Marks().Names()
	}
	return r
}
