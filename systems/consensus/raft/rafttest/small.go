package rafttest

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Small is a group that stands still until somebody chooses what happens next.
var Small = experiment.Register(experiment.Small(experiment.Experiment{
	System: "raft", Name: "small", Hosts: "3 to 5",
	Question: `What can a few elections and a few messages do to a group of three, in any order at all? Nothing
happens by itself here: a server campaigns, a leader takes a command, a server crashes or comes back, one
message arrives, and each of these is a move that a search chooses. The seed draws how many of each there
may be. A message carries one entry, which is what the paper's Figure 8 needs. The five properties of
Figure 3 are watched after every event.`,
	Canon: []string{
		"raft.commit.no-counting-of-old-terms", "raft.election.one-vote-per-term", "raft.election.up-to-date-check",
		"raft.election.at-most-one-leader-per-term", "raft.safety.leader-completeness",
	},
	Params: []experiment.Param{
		{Name: "hosts", Kind: experiment.Int, Doc: "servers; 3, and in one run of four 5, if not set", Shrink: true, Least: 3},
		{Name: "campaigns", Kind: experiment.Int, Doc: "the most campaigns; 2 to 20 if not set"},
		{Name: "commands", Kind: experiment.Int, Doc: "the most commands; 0 to 3 if not set"},
		{Name: "crashes", Kind: experiment.Int, Doc: "the most crashes; 0 to 3 if not set"},
	},
	Sometimes: []string{"two terms had a leader", "an entry was committed"},
}, 200, newSmall))

// small is the world of Small, and what may still happen in it.
type small struct {
	t                            *trial
	campaigns, commands, crashes int
	next                         uint64 // command
	marks                        experiment.Marks
}

func newSmall(seed uint64, o experiment.Options, s *experiment.Settings) experiment.Moves {
	hosts, campaigns, commands, crashes := drawSmall(seed, o)
	w := &small{
		campaigns: s.Int("campaigns", campaigns), commands: s.Int("commands", commands), crashes: s.Int("crashes", crashes),
		t: &trial{seed: seed, options: o, notes: listen(o.Trace)},
	}
	w.t.config = Options{
		Hosts: hostNames(max(s.Int("hosts", hosts), 1)),
		Raft: raft.Config{
			ElectionTimeout: 1000 * time.Hour, HeartbeatInterval: 100 * time.Hour,
			NoPreVote: true, NoCheckQuorum: true, MaxEntriesPerMessage: 1,
		},
		RSM: rsm.Config{RetryAfter: 100 * time.Hour, Timeout: 1000 * time.Hour},
		Sim: sim.Config{Fsync: sim.Constant(time.Microsecond), Observer: w.t.notes},
	}
	o.World(&w.t.config.Sim)
	w.t.cluster = New(seed, w.t.config)
	w.settle()
	return w
}

// drawSmall says how many of each there are: few for a search that tries
// everything.
func drawSmall(seed uint64, o experiment.Options) (hosts, campaigns, commands, crashes int) {
	if o.Search == experiment.Exhaustive {
		return 3, 2, 0, 1
	}
	k := sim.NewKnobs(seed)
	if hosts = 3; k.Chance("five", 0.25) {
		hosts = 5
	}
	return hosts, k.Int("campaigns", 2, 20), k.Int("commands", 0, 3), k.Int("crashes", 0, 3)
}

// settle lets everything happen that needs no choice: disks, and messages within
// a host. Timers are set to run out long after the end.
func (w *small) settle() { w.t.cluster.World.Run(time.Millisecond) }

// Moves returns what can happen next.
func (w *small) Moves() []string {
	var moves []string
	seen := map[string]int{}
	for _, m := range w.t.cluster.World.Held() {
		name := "deliver " + m.String()
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s #%d", name, seen[name])
		}
		if w.t.cluster.Raft(m.To.Host()) != nil {
			moves = append(moves, name)
		}
	}
	for _, h := range w.t.cluster.Hosts() {
		r := w.t.cluster.Raft(h)
		switch {
		case r == nil:
			moves = append(moves, "restart "+h)
			continue
		case r.Leads() && w.commands > 0:
			moves = append(moves, "propose "+h)
		case !r.Leads() && w.campaigns > 0:
			moves = append(moves, "campaign "+h)
		}
		if w.crashes > 0 {
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
	r, known := w.t.cluster.Raft(what), w.t.cluster.World.Node(node.Join(what, Service)) != nil
	switch {
	case kind == "restart" && !known && w.isHost(what):
		w.t.cluster.World.Host(what).Restart()
	case kind == "campaign" && known && !r.Leads() && w.campaigns > 0:
		w.campaigns--
		w.t.offer(what)
	case kind == "propose" && known && r.Leads() && w.commands > 0:
		w.commands--
		w.next++
		w.t.cluster.Propose(what, opOfNumber(w.next))
	case kind == "crash" && known && w.crashes > 0:
		w.crashes--
		w.t.cluster.World.Host(what).Crash()
	default:
		return false
	}
	w.settle()
	return true
}

func (w *small) isHost(name string) bool {
	for _, h := range w.t.cluster.Hosts() {
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
	for i, m := range w.t.cluster.World.Held() {
		if m.String() != what {
			continue
		}
		if nth--; nth == 0 {
			if w.t.cluster.Raft(m.To.Host()) == nil {
				return false
			}
			w.t.cluster.World.Deliver(i)
			w.settle()
			return true
		}
	}
	return false
}

// Broken says what the oracle found.
func (w *small) Broken() string {
	if err := w.t.broken(); err != nil {
		return err.Error()
	}
	return ""
}

// State condenses the servers, the messages on their way, what may still happen,
// and what is known to have been committed.
func (w *small) State() uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, w.t.cluster.World.State(), w.campaigns, w.commands, w.crashes)
	for _, c := range w.t.cluster.Oracle.chain {
		fmt.Fprintln(h, c.Term, c.Kind, c.Data, c.term)
	}
	fmt.Fprintln(h, w.t.cluster.Oracle.leaders) // printed in the order of terms
	return h.Sum64()
}

// Marks notes what the run came to.
func (w *small) Marks() *experiment.Marks {
	w.marks.Sometimes("two terms had a leader", len(w.t.cluster.Oracle.leaders) > 1)
	w.marks.Sometimes("an entry was committed", len(w.t.cluster.Oracle.chain) > 0)
	return &w.marks
}

// Close ends the world.
func (w *small) Close() { w.t.cluster.World.Close() }
