package flptest

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/flp"
)

// Small is a protocol of package flp, an event a move.
var Small = experiment.Register(experiment.Small(experiment.Experiment{
	System: "flp", Name: "small", Hosts: "3",
	Question: `Can some order of events make a deterministic protocol of three processes give two outputs, or one that is
nobody's input? An event, one process that receives one message or nothing, is a move; at most one process crashes.
The parameter names the protocol; Paxos if it is not set, which must be safe in every order. With
protocol=majority or first the shortest schedule of a disagreement is found.`,
	Canon: []string{"flp.consensus.agreement", "flp.consensus.validity"},
	Params: []experiment.Param{
		{Name: "protocol", Kind: experiment.Text, Doc: "own, constant, first, wait-for-all, majority, leader, arbiter, initially-dead, ballots or weak-ballots"},
		{Name: "inputs", Kind: experiment.Int, Doc: "a bit for each process, p0's the lowest; 0 to 7, drawn if not set"},
		{Name: "crashes", Kind: experiment.Int, Doc: "how many may crash; 1 if not set"},
	},
	Sometimes: []string{"somebody has decided"},
}, 60, newSmall))

type small struct {
	c       *flp.Configuration
	inputs  []flp.Value
	crashed map[flp.Process]bool
	crashes int
	unknown error
	marks   experiment.Marks
}

func newSmall(seed uint64, _ experiment.Options, s *experiment.Settings) experiment.Moves {
	w := &small{crashed: map[flp.Process]bool{}, inputs: flp.Inputs(3, s.Int("inputs", int(seed%8))&7)}
	p, err := flp.Named(s.Text("protocol", "ballots"))
	w.crashes = s.Int("crashes", 1)
	if err != nil {
		w.unknown, p = err, flp.Ballots(true)
	}
	w.c = flp.Initial(p, w.inputs)
	return w
}

// Moves returns the events of those that are up, and the crashes.
func (w *small) Moves() []string {
	var moves []string
	for _, e := range w.c.Events() {
		if !w.crashed[e.P] {
			moves = append(moves, e.String())
		}
	}
	for p := range flp.Process(3) {
		if !w.crashed[p] && len(w.crashed) < w.crashes {
			moves = append(moves, fmt.Sprint("crash ", p))
		}
	}
	return moves
}

// Make makes one of the moves.
func (w *small) Make(move string) bool {
	var crashed int
	if n, _ := fmt.Sscanf(move, "crash p%d", &crashed); n == 1 {
		w.crashed[flp.Process(crashed)] = true
		return true
	}
	if !slices.Contains(w.Moves(), move) {
		return false
	}
	way, err := flp.Replay(w.c, move)
	if err != nil {
		return false
	}
	w.c = way[len(way)-1]
	return true
}

// Broken says which outputs must not be.
func (w *small) Broken() string {
	if w.unknown != nil {
		return w.unknown.Error()
	}
	out := w.c.Outputs()
	if w.c.Decisions() == flp.Bivalent {
		return fmt.Sprintf("agreement: the outputs are %v", out)
	}
	for _, v := range out {
		if v != flp.Undecided && !slices.Contains(w.inputs, v) {
			return fmt.Sprintf("validity: the inputs are %v, the outputs %v", w.inputs, out)
		}
	}
	return ""
}

// State condenses the configuration and who is down.
func (w *small) State() uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, w.c.Fingerprint(), w.crashed)
	return h.Sum64()
}

// Marks notes whether somebody has decided.
func (w *small) Marks() *experiment.Marks {
	w.marks.Sometimes("somebody has decided", w.c.Decisions() != flp.Nothing)
	return &w.marks
}

// Close ends the world.
func (w *small) Close() {}
