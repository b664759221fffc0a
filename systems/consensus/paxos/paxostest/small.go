package paxostest

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Small is a decision that stands still until somebody chooses what happens next.
var Small = experiment.Register(experiment.Small(experiment.Experiment{
	System: "paxos", Name: "small", Hosts: "3",
	Question: `What can three acceptors and two proposers do in any order at all? Three hosts play all roles.
Nothing happens by itself: a proposer begins an attempt, one message arrives or comes a second time, a host
crashes or comes back, and each is a move that a search chooses. The seed draws how many attempts, copies and crashes there may be. The oracle
hears every message that leaves.`,
	Canon: []string{
		"paxos.safety.single-value-chosen", "paxos.acceptor.durable-state", "paxos.acceptor.promise", "paxos.acceptor.accept",
		"paxos.proposer.prepare-and-adopt", "paxos.chosen.majority-of-one-proposal", "paxos.number.unique-and-increasing",
		"paxos.proposer.accept-and-decide", "paxos.safety.learn-only-chosen",
	},
	Params: []experiment.Param{
		{Name: "attempts", Kind: experiment.Int, Doc: "the most attempts; 2 to 5 if not set"},
		{Name: "copies", Kind: experiment.Int, Doc: "messages that may come twice; 0 to 3 if not set"},
		{Name: "crashes", Kind: experiment.Int, Doc: "the most crashes; 0 to 3 if not set"},
	},
	Sometimes: []string{"a value was chosen", "two values were accepted"},
}, 120, newSmall))

type small struct {
	ear                       *consensustest.Ear
	world                     *sim.World
	group                     *Group
	attempts, copies, crashes int
	patient                   bool // nobody begins again while messages of the last attempt are on their way
	slow                      bool // phase 2 waits for what can arrive of phase 1, so that attempts meet
	begun                     map[string]int
	marks                     experiment.Marks
}

func newSmall(seed uint64, o experiment.Options, s *experiment.Settings) experiment.Moves {
	k := sim.NewKnobs(seed)
	attempts, copies, crashes := k.Int("attempts", 2, 5), k.Int("copies", 0, 3), k.Int("crashes", 0, 3)
	if o.Search == experiment.Exhaustive {
		attempts, copies, crashes = 2, 0, 1
	}
	w := &small{
		ear: consensustest.NewEar(o.Trace), begun: map[string]int{},
		attempts: s.Int("attempts", attempts), copies: s.Int("copies", copies), crashes: s.Int("crashes", crashes),
	}
	const never = 1000 * time.Hour
	backoff := never
	if o.Search != experiment.Exhaustive {
		w.patient, w.slow = k.Chance("patient", 0.7), k.Chance("slow", 0.8)
		backoff = sim.Choose(k, "backoff", 1, 1, 1, never)
	}
	cfg := sim.Config{Seed: seed, Fsync: sim.Constant(time.Microsecond), Observer: w.ear}
	o.World(&cfg)
	w.world = sim.New(cfg)
	w.group = newGroup(w.world, w.ear, Combined([]string{"a", "b", "c"}), paxos.Config{
		Retry: never, Backoff: backoff, Inquiry: never,
	})
	w.settle()
	return w
}

// settle lets everything happen that needs no choice: disks, and messages within
// a host.
func (w *small) settle() { w.world.Run(time.Millisecond) }

// Moves returns what can happen next. Hosts a and b propose, c has its acceptor
// and learner only.
func (w *small) Moves() []string {
	var moves []string
	seen := map[string]int{}
	for _, m := range w.world.Held() {
		name := m.String()
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s #%d", name, seen[name])
		}
		if w.up(m.To.Host()) && !w.waits(m) {
			moves = append(moves, "deliver "+name)
			if w.copies > 0 {
				moves = append(moves, "copy "+name)
			}
		}
	}
	for _, h := range []string{"a", "b", "c"} {
		switch {
		case !w.up(h):
			moves = append(moves, "restart "+h)
			continue
		case h != "c" && w.attempts > 0 && !(w.patient && w.trying(h)):
			moves = append(moves, "begin "+h)
		}
		if w.crashes > 0 {
			moves = append(moves, "crash "+h)
		}
	}
	return moves
}

// waits tells whether a message is an Accept that is slow: the other proposer begins,
// and what there is of phase 1 arrives before it.
func (w *small) waits(m sim.Held) bool {
	if _, accept := m.Message.(*paxos.Accept); !accept || !w.slow {
		return false
	}
	rival := "a"
	if m.From.Host() == rival {
		rival = "b"
	}
	if w.up(rival) && w.attempts > 0 && w.idle(rival) {
		return true
	}
	return slices.ContainsFunc(w.world.Held(), func(m sim.Held) bool {
		switch m.Message.(type) {
		case *paxos.Prepare, *paxos.Promise:
			return w.up(m.To.Host())
		}
		return false
	})
}

// idle tells whether a proposer does not know the outcome and does nothing about it.
func (w *small) idle(host string) bool {
	p := w.group.Proposer(node.Join(host, "proposer"))
	return p.Attempt().Number.IsZero() && p.Decided() == ""
}

// trying tells whether an attempt of a host has messages on their way.
func (w *small) trying(host string) bool {
	self := node.Join(host, "proposer")
	return slices.ContainsFunc(w.world.Held(), func(m sim.Held) bool { return m.From == self || m.To == self })
}

func (w *small) up(host string) bool { return w.world.Host(host).Up() }

// Make makes one of the moves.
func (w *small) Make(move string) bool {
	if !slices.Contains(w.Moves(), move) {
		return false
	}
	kind, what, _ := strings.Cut(move, " ")
	switch kind {
	case "deliver":
		w.world.Deliver(w.held(what))
	case "copy": // the first arrives now, the other some time
		w.copies--
		m := w.world.Held()[w.held(what)]
		w.world.Do(m.To, func(n node.Node) { n.Receive(m.From, m.Message) })
	case "restart":
		w.world.Host(what).Restart()
	case "crash":
		w.crashes--
		w.world.Host(what).Crash()
	case "begin":
		w.attempts--
		w.begin(what)
	}
	w.settle()
	return true
}

// begin lets a proposer start an attempt, under the value that it has, and a
// higher number if one is under way. A crash makes it want another value.
func (w *small) begin(host string) {
	place := slices.Index([]string{"a", "b", "c"}, host)
	p := w.group.Proposer(w.group.Config.Proposers[place])
	if n := p.Attempt().Number; !n.IsZero() {
		w.world.Do(w.group.Config.Proposers[place], func(nd node.Node) {
			nd.Receive(w.group.Config.Acceptors[place], &paxos.Reject{Number: n, Promised: n})
		})
		return
	}
	w.begun[host]++
	w.group.Submit(place, paxos.Value(fmt.Sprint(host, w.begun[host])))
}

// held finds the message that a move names.
func (w *small) held(what string) int {
	nth := 1
	if name, number, ok := strings.Cut(what, " #"); ok {
		what = name
		if _, err := fmt.Sscan(number, &nth); err != nil {
			return -1
		}
	}
	return slices.IndexFunc(w.world.Held(), func(m sim.Held) bool {
		if m.String() == what {
			nth--
		}
		return m.String() == what && nth == 0
	})
}

// Broken says what the oracle found.
func (w *small) Broken() string {
	if w.group.Oracle.err != nil {
		return w.group.Oracle.err.Error()
	}
	return ""
}

// State condenses the nodes, the messages on their way, what may still happen,
// and what was accepted.
func (w *small) State() uint64 {
	h := fnv.New64a()
	o := w.group.Oracle
	fmt.Fprintln(h, w.world.State(), w.attempts, w.copies, w.crashes, o.chosen)
	for _, line := range o.acceptances() {
		fmt.Fprintln(h, line)
	}
	return h.Sum64()
}

// Marks notes what the run came to.
func (w *small) Marks() *experiment.Marks {
	w.marks.Sometimes("a value was chosen", len(w.group.Oracle.chosen) > 0)
	w.marks.Sometimes("two values were accepted", w.group.Oracle.values() > 1)
	return &w.marks
}

// Close ends the world.
func (w *small) Close() { w.world.Close() }
