package rsmtest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Small is a group that stands still until somebody chooses what happens next: a
// message arrives, a replica suspects its leader, a leader takes a command, a host
// crashes or comes back. Nothing happens by itself, so the engine's timers must be
// set to run out long after the end (Far).
type Small struct {
	System, Name, Question string
	Canon, Sometimes       []string
	// Engine makes a replica's engine, which is a Suspecter and a Decider.
	Engine func(members []node.Addr) rsm.Engine
	// Exhaust is how much may happen when everything is tried.
	Exhaust Budget
	// Openings are moves, one list for each value of the parameter opening from 1 on,
	// that are made before there is a choice: what a search of everything cannot reach
	// within its depth it can begin behind.
	Openings [][]string
	// Mark, if not nil, notes what the run came to.
	Mark func(*Trial, *experiment.Marks)
}

// Budget is how often each kind of move may be made.
type Budget struct{ Hosts, Suspicions, Commands, Crashes int }

// Register makes the experiment known.
func (s Small) Register() *experiment.Experiment {
	e := experiment.Experiment{
		System: s.System, Name: s.Name, Question: s.Question, Hosts: "3 to 5", Canon: s.Canon, Sometimes: s.Sometimes, Enough: 40,
		Params: []experiment.Param{
			{Name: "hosts", Kind: experiment.Int, Doc: "replicas; 3, and in one run of four 5, if not set", Shrink: true, Least: 3},
			{Name: "suspicions", Kind: experiment.Int, Doc: "how often a replica suspects its leader, at most; 2 to 12 if not set"},
			{Name: "commands", Kind: experiment.Int, Doc: "the most commands; 0 to 3 if not set"},
			{Name: "crashes", Kind: experiment.Int, Doc: "the most crashes; 0 to 3 if not set"},
		},
	}
	if n := len(s.Openings); n > 0 {
		e.Params = append(e.Params, experiment.Param{
			Name: "opening", Kind: experiment.Int, Doc: fmt.Sprintf("moves that are made first: 1 to %d, in a group of 3; none if not set", n),
		})
	}
	return experiment.Register(experiment.Small(e, 200, s.world))
}

// small is the world of Small, and what may still happen in it.
type small struct {
	kind  *Small
	t     *Trial
	left  Budget
	next  uint64               // command
	known map[rsm.Index]string // decided commands
	marks experiment.Marks
	// opening has the first host elected and take a command before there is a choice:
	// what follows finds something to lose.
	opening bool
}

// Decider is an engine that shows what it knows to be decided at an index, if it
// still holds that.
type Decider interface {
	Decided(i rsm.Index) (command []byte, ok bool)
}

// Far is when timers run out: never.
const Far = 1000 * time.Hour

func (s *Small) world(seed uint64, o experiment.Options, set *experiment.Settings) experiment.Moves {
	b, opens := s.Exhaust, false
	if o.Search != experiment.Exhaustive {
		k := sim.NewKnobs(seed)
		b = Budget{3, k.Int("suspicions", 2, 12), k.Int("commands", 0, 3), k.Int("crashes", 0, 3)}
		if opens = k.Chance("opening", 0.6); opens {
			b.Suspicions, b.Commands, b.Crashes = k.Int("suspicions", 4, 12), k.Int("commands", 1, 3), k.Int("crashes", 0, 1)
		}
		if k.Chance("five", 0.25) {
			b.Hosts = 5
		}
	}
	b.Suspicions, b.Commands, b.Crashes = set.Int("suspicions", b.Suspicions), set.Int("commands", b.Commands), set.Int("crashes", b.Crashes)
	w := &small{kind: s, left: b, known: map[rsm.Index]string{}, t: &Trial{Seed: seed, Options: o, Notes: &Notes{Counts: map[string]int{}, to: o.Trace}}}
	w.t.Config = Options{
		Hosts: Names(max(set.Int("hosts", b.Hosts), 1)), Engine: s.Engine, Watch: w.decided,
		RSM: rsm.Config{RetryAfter: Far / 10, Timeout: Far},
		Sim: sim.Config{Fsync: sim.Constant(time.Microsecond), Observer: w.t.Notes},
	}
	o.World(&w.t.Config.Sim)
	w.t.Cluster = New(seed, w.t.Config)
	w.opening = opens && o.Plan == nil
	w.settle()
	if len(s.Openings) > 0 {
		if n := set.Int("opening", 0); n > 0 {
			w.begin(s.Openings[min(n, len(s.Openings))-1])
			w.left, w.opening = b, false
		}
	}
	return w
}

// begin makes moves that are there in every run.
func (w *small) begin(moves []string) {
	for _, m := range moves {
		if w.left.Commands, w.left.Suspicions = 1, 1; !w.Make(m) {
			panic(fmt.Sprintf("rsmtest: %s/%s: the opening's move %q is not possible", w.kind.System, w.kind.Name, m))
		}
	}
}

// settle lets everything happen that needs no choice: disks, and messages within a
// host.
func (w *small) settle() { w.t.Cluster.World.Run(time.Millisecond) }

// Moves returns what can happen next.
func (w *small) Moves() []string {
	moves := w.moves()
	if w.opening {
		return w.open(moves)
	}
	return moves
}

// open returns the next move of the opening: the first host takes a command, or a
// message arrives that may make it lead, or it wants to.
func (w *small) open(moves []string) []string {
	first := w.t.Cluster.Hosts()[0]
	propose, suspect := slices.Index(moves, "propose "+first), slices.Index(moves, "suspect "+first)
	switch {
	case propose >= 0:
		w.opening = false
		return moves[propose:][:1]
	case len(moves) > 0 && strings.HasPrefix(moves[0], "deliver "):
		return moves[:1]
	case suspect >= 0:
		return moves[suspect:][:1]
	}
	w.opening = false
	return moves
}

func (w *small) moves() []string {
	var moves []string
	seen := map[string]int{}
	for _, m := range w.t.Cluster.World.Held() {
		name := "deliver " + m.String()
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s #%d", name, seen[name])
		}
		if w.t.Cluster.Replica(m.To.Host()) != nil {
			moves = append(moves, name)
		}
	}
	for _, h := range w.t.Cluster.Hosts() {
		r := w.t.Cluster.Replica(h)
		if r == nil {
			moves = append(moves, "restart "+h)
			continue
		}
		leads := r.Status().Role == rsm.Leading
		if leads && w.left.Commands > 0 {
			moves = append(moves, "propose "+h)
		}
		if !leads && w.left.Suspicions > 0 {
			moves = append(moves, "suspect "+h)
		}
		if w.left.Crashes > 0 {
			moves = append(moves, "crash "+h)
		}
	}
	return moves
}

// Make makes one of the moves.
func (w *small) Make(move string) bool {
	kind, what, _ := strings.Cut(move, " ")
	if kind == "deliver" {
		return w.deliver(what)
	}
	r := w.t.Cluster.Replica(what)
	leads := r != nil && r.Status().Role == rsm.Leading
	switch {
	case kind == "restart" && r == nil && w.isHost(what):
		w.t.Cluster.World.Host(what).Restart()
	case kind == "suspect" && r != nil && !leads && w.left.Suspicions > 0:
		w.left.Suspicions--
		w.t.Cluster.Do(what, func(r *rsm.Replica) { r.Engine().(Suspecter).Suspect() })
	case kind == "propose" && leads && w.left.Commands > 0:
		w.left.Commands--
		w.next++
		w.submit(what)
	case kind == "crash" && r != nil && w.left.Crashes > 0:
		w.left.Crashes--
		w.t.Cluster.World.Host(what).Crash()
	default:
		return false
	}
	w.settle()
	return true
}

// submit hands the engine a batch of one item whose session there is not: to open
// one would take a command of its own first.
func (w *small) submit(host string) {
	var batch []byte
	for _, number := range []uint64{1 << 40, w.next, 0, 0} {
		batch = binary.AppendUvarint(batch, number)
	}
	w.t.Cluster.Do(host, func(r *rsm.Replica) { _, _ = r.Engine().Submit(batch) }) // a leader may be busy
}

// decided keeps that no two replicas know different commands to be decided at an
// index.
func (w *small) decided(a node.Addr, e rsm.Engine) error {
	d := e.(Decider)
	for i := rsm.Index(1); i <= e.Status().Committed; i++ {
		command, held := d.Decided(i)
		if !held {
			continue
		}
		first, known := w.known[i]
		if known && first != string(command) {
			return fmt.Errorf("one order: at index %d %s knows %x to be decided, and another knew %x", i, a, command, first)
		}
		w.known[i] = string(command)
	}
	return nil
}

func (w *small) isHost(name string) bool {
	for _, h := range w.t.Cluster.Hosts() {
		if h == name {
			return true
		}
	}
	return false
}

// deliver lets a message arrive: the oldest of its type on its link, or with a
// number behind it a later one.
func (w *small) deliver(what string) bool {
	nth := 1
	if name, number, ok := strings.Cut(what, " #"); ok {
		if _, err := fmt.Sscan(number, &nth); err != nil {
			return false
		}
		what = name
	}
	for i, m := range w.t.Cluster.World.Held() {
		if m.String() != what {
			continue
		}
		if nth--; nth == 0 {
			if w.t.Cluster.Replica(m.To.Host()) == nil {
				return false
			}
			w.t.Cluster.World.Deliver(i)
			w.settle()
			return true
		}
	}
	return false
}

// Broken says what the oracle found.
func (w *small) Broken() string { return w.t.Cluster.Oracle.Violation() }

// State condenses the replicas, the messages on their way, what may still happen,
// and what is known to be decided.
func (w *small) State() uint64 {
	h := fnv.New64a()
	o := w.t.Cluster.Oracle
	fmt.Fprintln(h, w.t.Cluster.World.State(), w.left)
	fmt.Fprintln(h, w.known, o.leaders) // printed in the order of their keys
	return h.Sum64()
}

// Marks notes what the run came to.
func (w *small) Marks() *experiment.Marks {
	w.marks.Sometimes("two leaderships", w.t.Cluster.Oracle.Leaderships > 1)
	w.marks.Sometimes("a command was decided", len(w.known) > 0)
	if w.kind.Mark != nil {
		w.kind.Mark(w.t, &w.marks)
	}
	return &w.marks
}

// Close ends the world.
func (w *small) Close() { w.t.Cluster.World.Close() }
