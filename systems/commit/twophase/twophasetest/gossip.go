package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/property"
)

// servers makes three servers that gossip, on hosts p, q and r.
func servers(w *sim.World) (addrs []node.Addr) {
	for _, h := range []string{"p", "q", "r"} {
		addrs = append(addrs, node.Join(h, "copy"))
	}
	for _, a := range addrs {
		w.Host(a.Host()).Serve("copy", func() node.Node { return property.NewServer(addrs, 50*time.Millisecond) })
	}
	return addrs
}

func copyAt(w *sim.World, a node.Addr) *property.Server { return w.Node(a).(*property.Server) }

// agreed demands that all servers hold the same.
func agreed(w *sim.World, addrs []node.Addr) error {
	want := copyAt(w, addrs[0]).Read()
	for _, a := range addrs {
		if got := copyAt(w, a).Read(); got != want {
			return fmt.Errorf("%s holds %d, %s holds %d", addrs[0], want, a, got)
		}
	}
	return nil
}

// EventualAgreement is liveness between servers.
var EventualAgreement = experiment.Register(&experiment.Experiment{
	System: "twophase", Name: "eventual-agreement", Hosts: "3",
	Question: `Do servers that gossip come to hold the same value once nobody writes? Three servers are written to under
lost messages and splits. As long as that goes on they may differ, and no run cut off there is a violation: this is
liveness. Then writes stop and the network is mended, and they must agree within finite time, here ten seconds, which is
many times what resending takes.`,
	Canon:     []string{"twophase.property.eventual-agreement"},
	Sometimes: []string{"servers differed"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		c := sim.Config{Seed: seed, Link: sim.Link{Delay: sim.Uniform(time.Millisecond, 20*time.Millisecond), Loss: 0.3}}
		o.World(&c)
		if o.Trace != nil {
			c.Observer = o.Trace
		}
		w := sim.New(c)
		defer w.Close()
		addrs := servers(w)
		marks := experiment.Marks{}
		heal := w.Cut(sim.Isolate(sim.Choose(k, "alone", "p", "q", "r")))
		for i := range k.Int("writes", 1, 20) {
			at := addrs[k.Int(fmt.Sprint("where", i), 0, 2)]
			w.Do(at, func(n node.Node) { n.(*property.Server).Write(int64(i + 1)) })
			w.Run(k.Duration(fmt.Sprint("pause", i), time.Millisecond, 100*time.Millisecond))
			marks.Sometimes("servers differed", agreed(w, addrs) != nil)
		}
		heal()
		err := w.Converge(func() error { return agreed(w, addrs) }, 10*time.Second)
		r := experiment.Result{Verdict: check.OK, Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(), Marks: marks.Names()}
		if err != nil {
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("liveness: %v", err)
		}
		return r
	},
})

// SafetyOrLiveness puts a bank and a notice board into one split.
var SafetyOrLiveness = script{
	name: "safety-or-liveness", hosts: "6",
	text: `What do a bank and a social site do about the same split? A bank moves money by two-phase commit; a board is
copied by gossip. The network is cut for five seconds, and each is asked every 100 ms on both sides of the cut. The bank
refuses what would need both sides, and is never wrong; the board answers everybody, and on one side what it shows
is old. When the split is over, the bank's books balance and the board's copies agree.`,
	canon: []string{"twophase.property.safety-vs-liveness", "twophase.property.eventual-agreement"},
	play: func(p *play) error {
		bank, err := p.bankInSplit()
		if err != nil {
			return err
		}
		board, err := p.boardInSplit()
		if err != nil {
			return err
		}
		for name, a := range map[string]answers{"bank": bank, "board": board} { //parley:unordered fills a map
			p.result.Stats[name+", refused"], p.result.Stats[name+", wrong"] = float64(a.refused), float64(a.wrong)
			p.result.Stats[name+", right"] = float64(a.right)
		}
		return all(
			demand(bank.wrong == 0, "the bank gave %d wrong answers", bank.wrong),
			demand(bank.refused > 0, "the bank refused nothing during the split"),
			demand(board.refused == 0, "the board refused %d requests", board.refused),
			demand(board.wrong > 0, "the board showed nothing old during the split"))
	},
}.register()

// answers are what somebody got who asked during a split.
type answers struct{ right, wrong, refused int }

const (
	split = 5 * time.Second
	rate  = 100 * time.Millisecond
)

func (p *play) config() sim.Config {
	return sim.Config{Seed: p.seed, Codec: p.options.Codec, Digest: p.options.Digest, Context: p.options.Context, Inspect: p.options.Inspect}
}

func (p *play) bankInSplit() (a answers, err error) {
	o := newOracle(p.options.Trace)
	cfg := twophase.Config{VoteTimeout: 200 * time.Millisecond}
	k := newCluster(p.config(), o, 2, 1, cfg, alone(cfg))
	defer k.World.Close()
	t := k.tellerAt(newTeller(p.seed, int(split/rate), rate))
	t.audits = 0.5 // half ask, half move
	heal := k.World.Cut(sim.Isolate("b"))
	k.World.Run(split)
	a.refused = t.failed + t.unknown
	heal()
	if err = k.World.Converge(k.quiet, wholeRun); err == nil {
		err = k.balanced()
	}
	if o.err != nil {
		a.wrong++
	}
	a.right = t.committed
	p.end(k.World)
	return a, err
}

func (p *play) boardInSplit() (a answers, err error) {
	w := sim.New(p.config())
	defer w.Close()
	addrs := servers(w)
	heal := w.Cut(sim.Isolate("r"))
	for i := range int(split / rate) {
		want := int64(i + 1)
		w.Do(addrs[0], func(n node.Node) { n.(*property.Server).Write(want) })
		w.Run(rate)
		for _, at := range addrs {
			switch copyAt(w, at).Read() {
			case want:
				a.right++
			default:
				a.wrong++
			}
		}
	}
	heal()
	err = w.Converge(func() error { return agreed(w, addrs) }, 10*time.Second)
	p.end(w)
	return a, err
}
