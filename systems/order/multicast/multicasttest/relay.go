package multicasttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// Between is the partition that whole sides do not see, move by move.
var Between = script{
	name: "between", hosts: "6",
	text: `Two sites do not reach each other, and a third reaches both. Does a post get across? A question is posted
at the first, and the one between answers. Where sites pass on what others lack, the last shows both, and the
first hears that it need not send the question any more, though nothing went directly. Where each post is left to its
own site, the answer waits at the last until the cut is mended.`,
	canon: []string{"multicast.causal.no-reply-before-post"},
	play: func(r *ordertest.Run) error {
		const question, answer = 1, 2
		passing := patient
		passing.Relay = 100 * time.Millisecond
		on := newGroup(r.World, []string{"a", "b", "c"}, multicast.NewCausal, passing)
		off := newGroup(r.World, []string{"d", "e", "f"}, multicast.NewCausal, patient)
		mend := r.World.Cut(sim.Halves([]string{"a", "d"}, []string{"c", "f"}))
		for _, g := range []*Group{on, off} {
			if err := g.submit(0, question); err != nil {
				return err
			}
			r.World.Run(10 * time.Millisecond)
			if err := g.submit(1, answer); err != nil {
				return err
			}
		}
		r.World.Run(time.Second)
		if err := on.quiet(); err != nil {
			return fmt.Errorf("the sites that pass posts on: %w", err)
		}
		if got := on.ids(2); !slices.Equal(got, []uint64{question, answer}) {
			return fmt.Errorf("the last site shows %v, want the question and its answer", got)
		}
		if got, held, open := off.ids(2), off.member(2).Held(), off.member(0).Backlog(); len(got) != 0 || held != 1 || open != 1 {
			return fmt.Errorf("without anybody who passes it on, the last site shows %v, holds %d back, and the first has %d to send", got, held, open)
		}
		mend()
		return r.Settle(off.quiet, time.Minute)
	},
}.register()

// PassedOn looks for a post that does not get through.
var PassedOn = experiment.Register(&experiment.Experiment{
	System: "multicast", Name: "passed-on", Hosts: "3 to 5",
	Question: `Does a post reach everybody whom a path of sites leads to? Only the links of a tree are there, drawn
at random, and one-way links besides; messages are lost, and a site crashes and comes back. Nothing is mended. Two clients
post everywhere. In the end everything is everywhere, no reply ever came before its post, and no site has anything left
to send, whatever it has a link to.`,
	Canon: []string{"multicast.causal.no-reply-before-post"},
	Sometimes: []string{
		"a post was passed on twice", "a site crashed", "a post was held back",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim: sim.Config{Link: sim.Link{
				Delay: sim.Uniform(time.Millisecond, 30*time.Millisecond), Reorder: 1, Loss: sim.Choose(k, "loss", 0, 0.05, 0.3),
			}},
			Body: tree,
		})
	},
})

func tree(r *ordertest.Run) error {
	hosts := ordertest.Hosts(r.Knobs.Int("hosts", 3, 5))
	depth := cutToTree(r, hosts)
	cfg := multicast.Config{
		FIFO: r.Knobs.Chance("fifo", 0.3), Window: r.Knobs.Int("window", 2, 64),
		Resend: r.Knobs.Duration("resend", 20*time.Millisecond, 200*time.Millisecond),
		Relay:  r.Knobs.Duration("relay", 10*time.Millisecond, 500*time.Millisecond),
		// A site keeps as much as can be posted: what it does not, only its sender can bring.
		MaxKept: 2 * perTreeClient, MaxHeld: r.Knobs.Int("max-held", 1, 64), Checkpoint: r.Knobs.Int("checkpoint", 4, 100),
	}
	g := newGroup(r.World, hosts, multicast.NewCausal, cfg)
	watchCausal(g)
	var clients []*Client
	for i := range 2 {
		c := &Client{members: g.members, first: uint64(1000 * i), count: perTreeClient, pause: 100 * time.Millisecond}
		r.World.Host(fmt.Sprint("client", i)).Serve("client", func() node.Node { return c })
		clients = append(clients, c)
	}
	if r.Knobs.Chance("crash", 0.6) {
		r.World.Run(r.Knobs.Duration("crash-after", 0, 2*time.Second))
		victim := r.World.Host(hosts[r.Knobs.Int("victim", 0, len(hosts)-1)])
		victim.Crash()
		r.World.Run(r.Knobs.Duration("down", 100*time.Millisecond, 2*time.Second))
		victim.Restart()
		r.Marks.Sometimes("a site crashed", true)
	}
	if err := r.Settle(func() error { return settled(g, clients) }, time.Minute); err != nil {
		return err
	}
	if g.err != nil {
		return g.err
	}
	r.Marks.Sometimes("a post was passed on twice", depth > 2 && len(g.ids(0)) > 0)
	r.Marks.Sometimes("a post was held back", g.heldBack)
	return accepted(r, g, clients)
}

// perTreeClient is how many posts each client makes.
const perTreeClient = 20

// cutToTree leaves the links of a tree, and some one-way ones, and returns how many
// links the longest path through the tree has.
func cutToTree(r *ordertest.Run, hosts []string) (longest int) {
	distance := make([][]int, len(hosts))
	for i := range hosts {
		distance[i] = make([]int, len(hosts))
		if i == 0 {
			continue
		}
		parent := r.Knobs.Int(fmt.Sprint("parent-of-", hosts[i]), 0, i-1)
		for j := range i {
			distance[i][j] = distance[parent][j] + 1
			distance[j][i] = distance[i][j]
			longest = max(longest, distance[i][j])
		}
	}
	for i, from := range hosts {
		for j, to := range hosts {
			if distance[i][j] > 1 && !r.Knobs.Chance(from+"-to-"+to, 0.2) {
				r.World.Cut(sim.OneWay([]string{from}, []string{to}))
			}
		}
	}
	return longest
}
