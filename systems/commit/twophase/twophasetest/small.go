package twophasetest

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Small is one transaction whose every step is chosen.
var Small = experiment.Register(experiment.Small(experiment.Experiment{
	System: "twophase", Name: "small", Hosts: "4 to 5",
	Question: `What can crashes, losses and impatience do to one transaction, in any order at all? Nothing happens by
itself here: a message arrives or is lost, a host crashes, also in the very moment between a record and its
disk, comes back, or loses patience, and each of these is a move that a search chooses. Two or three
participants vote yes, no or read-only, in every pattern; the variant is drawn, and so is whether the coordinator
goes on with interrupted first phases after a crash. Agreement, unanimity and the client's answer are judged at
every step.`,
	Canon: []string{
		"twophase.protocol.unanimity", "twophase.guarantee.agreement", "twophase.timeout.coordinator-aborts",
		"twophase.timeout.participant-after-vote", "twophase.termination.ask-peers", "twophase.log.force-before-send",
		"twophase.log.commit-point", "twophase.recovery.coordinator", "twophase.recovery.participant",
		"twophase.scenario.coordinator-fails-before-decision", "twophase.scenario.coordinator-fails-after-decision",
		"twophase.termination.all-yes-blocks", "twophase.scenario.coordinator-fails-undecided-all-yes",
		"twophase.scenario.participant-fails-after-yes", "twophase.goal.atomic-transfer",
	},
	Params: []experiment.Param{
		{Name: "participants", Kind: experiment.Int, Doc: "2 or 3; drawn if not set", Shrink: true, Least: 2},
		{Name: "variant", Kind: experiment.Int, Doc: "0 presumed abort, 1 presumed commit, 2 basic; drawn if not set"},
		{Name: "reprepare", Kind: experiment.Int, Doc: "1: first phases go on after a crash; drawn if not set"},
		{Name: "crashes", Kind: experiment.Int, Doc: "the most crashes; 0 to 4 if not set", Shrink: true},
		{Name: "losses", Kind: experiment.Int, Doc: "the most messages lost; 0 to 3 if not set", Shrink: true},
		{Name: "impatience", Kind: experiment.Int, Doc: "how often somebody loses patience; 0 to 6 if not set", Shrink: true},
	},
	Sometimes: []string{"committed everywhere", "aborted after a vote of yes", "in doubt after a restart", "settled by a peer"},
	Enough:    40,
}, 60, newSmall))

// small is the world of Small, and what may still happen in it.
type small struct {
	seed     uint64
	options  experiment.Options
	cfg      twophase.Config
	patterns []string
	second   bool // faults strike participants, and the decision on its way to them
	made     int  // moves
	lethal   int
	// Each fault may strike from a move on that is drawn, so that not all of them do
	// in the beginning.
	crashes, losses, impatience []int

	stage *Stage // nil until the votes are chosen
	marks experiment.Marks
}

func newSmall(seed uint64, o experiment.Options, set *experiment.Settings) experiment.Moves {
	k := sim.NewKnobs(seed)
	few := o.Search == experiment.Exhaustive
	w := &small{seed: seed, options: o}
	n := set.Int("participants", choose(few, 2, k.Int("participants", 2, 3)))
	w.cfg = slow(twophase.Variant(set.Int("variant", choose(few, 0, k.Int("variant", 0, 2)))))
	w.cfg.Reprepare = set.Int("reprepare", choose(few, 0, k.Int("reprepare", 0, 1))) == 1
	w.second = !few && k.Chance("second phase", 0.5)
	early := 2 * n // a first phase takes some more moves
	if !w.second {
		early = choose(few, 0, sim.Choose(k, "early", 0, 0, 5, 9))
	}
	if !few && k.Chance("checkpoints", 0.5) {
		w.cfg.Checkpoint = k.Int("checkpoint", 1, 3)
	}
	draw := func(kind string, n int) (from []int) {
		for i := range n {
			from = append(from, choose(few, 0, k.Int(fmt.Sprint(kind, i), early, 25)))
		}
		return from
	}
	some := choose(w.second, 1, 0)
	w.crashes = draw("crash", set.Int("crashes", choose(few, 1, k.Int("crashes", some, 4))))
	w.losses = draw("loss", set.Int("losses", choose(few, 0, k.Int("losses", some, 3))))
	w.impatience = draw("impatience", set.Int("impatience", choose(few, 1, k.Int("impatience", some, 6))))
	if w.patterns = patterns(n, choose(few, "yn", "ynr")); !few && (w.second || k.Chance("unanimous", 0.6)) {
		w.patterns = []string{strings.Repeat("y", n)}
	}
	return w
}

// choose returns one value for a search that tries everything, and another for one
// that draws.
func choose[T any](few bool, a, b T) T {
	if few {
		return a
	}
	return b
}

// patterns returns all words of n of the letters, in order.
func patterns(n int, letters string) []string {
	if n == 0 {
		return []string{""}
	}
	var all []string
	for _, rest := range patterns(n-1, letters) {
		for _, l := range letters {
			if word := rest + string(l); !slices.Contains(all, word) {
				all = append(all, word)
			}
		}
	}
	return all
}

// Moves returns what can happen next: first of all, how participants will vote.
// Faults whose time has not come do strike when there is nothing else to do.
func (w *small) Moves() []string {
	if w.stage == nil {
		var moves []string
		for _, p := range w.patterns {
			moves = append(moves, "votes "+p)
		}
		return moves
	}
	moves := w.moves()
	if len(moves) == 0 && len(w.crashes)+len(w.impatience) > 0 {
		w.made = math.MaxInt32
		moves = w.moves()
	}
	return moves
}

func (w *small) moves() []string {
	var moves []string
	seen := map[string]int{}
	for _, m := range w.stage.World.Held() {
		what := m.String()
		if seen[what]++; seen[what] > 1 || w.stage.World.Node(m.To.Node()) == nil {
			continue
		}
		moves = append(moves, "deliver "+what)
		if w.ready(w.losses) && (!w.second || m.To.Host() != coordinatorHost && strings.Contains(what, "Commit")) {
			moves = append(moves, "lose "+what)
		}
		if w.ready(w.crashes) && m.To.Host() != clientHost {
			moves = append(moves, "lethal "+what)
		}
	}
	for _, h := range append([]string{coordinatorHost}, w.stage.participants...) {
		switch up := w.stage.World.Host(h).Up(); {
		case !up:
			moves = append(moves, "restart "+h)
		default:
			if w.ready(w.crashes) && !(w.second && h == coordinatorHost) {
				moves = append(moves, "crash "+h)
			}
			if w.ready(w.impatience) && !(w.second && h == coordinatorHost) {
				moves = append(moves, "expire "+h)
			}
		}
	}
	return moves
}

// Make makes one of the moves.
func (w *small) Make(move string) bool {
	if !w.make(move) {
		return false
	}
	w.made++
	return true
}

// ready tells whether one of some faults may strike now, and spend takes it away. A
// plan is followed whatever was drawn for its faults.
func (w *small) ready(faults []int) bool {
	return slices.ContainsFunc(faults, func(from int) bool { return from <= w.made })
}

func spend(faults *[]int) {
	least := 0
	for i, from := range *faults {
		if from < (*faults)[least] {
			least = i
		}
	}
	*faults = slices.Delete(*faults, least, least+1)
}

func (w *small) make(move string) bool {
	kind, what, _ := strings.Cut(move, " ")
	if kind == "votes" {
		return w.begin(what)
	}
	if w.stage == nil {
		return false
	}
	if kind == "deliver" || kind == "lose" || kind == "lethal" {
		return w.pass(kind, what)
	}
	if what != coordinatorHost && !slices.Contains(w.stage.participants, what) {
		return false
	}
	switch up := w.stage.World.Host(what).Up(); {
	case kind == "restart" && !up:
		w.stage.restart(what)
	case kind == "crash" && up && len(w.crashes) > 0:
		spend(&w.crashes)
		w.stage.crash(what)
	case kind == "expire" && up && len(w.impatience) > 0:
		spend(&w.impatience)
		w.stage.expire(what)
	default:
		return false
	}
	return true
}

func (w *small) begin(votes string) bool {
	if w.stage != nil || len(votes) == 0 || len(votes) > len(bankNames) {
		return false
	}
	c := sim.Config{Seed: w.seed}
	w.options.World(&c)
	w.stage = newStage(c, newOracle(w.options.Trace), votes, w.cfg)
	return true
}

// pass decides about the oldest message of its type on its link.
func (w *small) pass(kind, what string) bool {
	i := slices.IndexFunc(w.stage.World.Held(), func(m sim.Held) bool { return m.String() == what })
	if i < 0 || w.stage.World.Node(w.stage.World.Held()[i].To.Node()) == nil {
		return false
	}
	switch {
	case kind == "deliver":
		w.stage.World.Deliver(i)
		w.stage.settle()
	case kind == "lose" && len(w.losses) > 0:
		spend(&w.losses)
		w.stage.World.Lose(i)
	case kind == "lethal" && len(w.crashes) > 0:
		spend(&w.crashes)
		w.lethal++
		w.stage.lethal(i)
	default:
		return false
	}
	return true
}

// Broken says what the oracle found.
func (w *small) Broken() string {
	if w.stage != nil && w.stage.Oracle.err != nil {
		return w.stage.Oracle.err.Error()
	}
	return ""
}

// State condenses the hosts, the messages, what may still happen, and what is known
// of the transaction.
func (w *small) State() uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, len(w.crashes), len(w.losses), len(w.impatience), w.lethal)
	if w.stage == nil {
		return h.Sum64()
	}
	fmt.Fprintln(h, w.stage.World.State(), w.stage.votes)
	r := w.stage.Oracle.of(w.stage.Tx.String())
	fmt.Fprintln(h, r.told, r.voted, r.adopted) // printed in the order of keys
	return h.Sum64()
}

// Marks notes what the run came to.
func (w *small) Marks() *experiment.Marks {
	if w.stage == nil {
		return &w.marks
	}
	r, n := w.stage.Oracle.of(w.stage.Tx.String()), 0
	for _, h := range w.stage.participants {
		if r.adopted[participantAddr(h)] == twophase.Committed {
			n++
		}
		w.marks.Sometimes("aborted after a vote of yes", r.adopted[participantAddr(h)] == twophase.Aborted)
	}
	w.marks.Sometimes("committed everywhere", n == len(w.stage.participants))
	w.marks.Sometimes("in doubt after a restart", w.stage.Oracle.Counts["in doubt after a restart"] > 0)
	w.marks.Sometimes("settled by a peer", w.stage.Oracle.Counts["learns from a peer"] > 0)
	return &w.marks
}

// Close ends the world.
func (w *small) Close() {
	if w.stage != nil {
		w.stage.World.Close()
	}
}

var _ node.Node = (*probe)(nil)
