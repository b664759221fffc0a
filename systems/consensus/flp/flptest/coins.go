package flptest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp/benor"
)

// Coins counts rounds against the worst scheduler.
var Coins = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "coins", Hosts: "3 to 5", Enough: 8,
	Question: `How many rounds does Ben-Or's protocol take against a scheduler that sees everything? Of n = 3 or 5 processes with
f = (n-1)/2 and inputs that differ, each is shown such f of the others' reports that it sees no majority, for as
long as the values are not all alike: all must toss coins, and only when all fall alike is there a decision, one round later. So the
rounds after the first are geometrically distributed with parameter 2^(1-n). A run makes 120 such decisions and
compares: the mean must be within five standard errors of 2^(n-1), and the histogram pass a chi-square test that one run in ten million
fails by chance. With the coins replaced by a preference of one's own there is no end.`,
	Canon: []string{"flp.circumvent.randomization", "flp.proof.staying-bivalent"},
	Params: []experiment.Param{
		{Name: "processes", Kind: experiment.Int, Doc: "3 or 5; drawn if not set", Least: 3},
		{Name: "decisions", Kind: experiment.Int, Doc: "how many; 120 if not set", Least: 60},
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		set, k := o.Settings(), sim.NewKnobs(seed)
		n := set.Int("processes", sim.Choose(k, "processes", 3, 3, 5))
		decisions := set.Int("decisions", 120)
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{Hold: true, Fsync: sim.Constant(time.Microsecond)}, Params: set.Used(),
			Body: func(r *consensustest.Run) error { return coins(r, n, decisions) },
		})
	},
})

func coins(r *consensustest.Run, n, decisions int) error {
	const most = 2000 // rounds; with five processes, that many have probability 10^-56
	var rounds []int
	for i := range decisions {
		inputs := make([]benor.Value, n)
		for p := range n / 2 {
			inputs[p] = 1
		}
		g := newRandomGroup(r, benor.Config{F: (n - 1) / 2, Resend: 1000 * time.Hour}, fmt.Sprint("-", i), inputs, 0, nil)
		r.World.Run(time.Millisecond)
		for g.all(g.honest) != nil {
			if r.Cut() {
				return consensustest.ErrCut
			}
			if err := g.decisions.Err(); err != nil {
				return err
			}
			if !g.divide() {
				return fmt.Errorf("nothing is on its way, and nobody has decided")
			}
			if g.furthest() > most {
				return fmt.Errorf("undecided after %d rounds", most)
			}
		}
		rounds = append(rounds, g.rounds)
		g.lose()
	}
	return geometric(r, rounds, math.Pow(2, float64(1-n)))
}

// divide lets one phase of all processes happen: each is shown votes of others
// that are not like its own, as far as there are such.
func (g *randomGroup) divide() bool {
	shown := false
	held := g.run.World.Held()
	for _, a := range g.honest {
		p, ok := g.run.World.Node(a).(*benor.Process)
		if !ok || p.Output() != benor.Question {
			continue
		}
		var mine benor.Value
		var to []sim.Held
		for _, m := range held {
			switch v := m.Message.(*benor.Vote); {
			case v.Answer: // of a phase that is over
			case m.From == a:
				mine = v.Value
			case m.To == a:
				to = append(to, m)
			}
		}
		slices.SortStableFunc(to, func(x, y sim.Held) int { // the unlike first
			return like(x, mine) - like(y, mine)
		})
		for _, m := range to[:min(g.cfg.F, len(to))] {
			g.deliver(m)
			shown = true
		}
	}
	for _, m := range held { // the rest comes too late to matter
		if i := slices.Index(g.run.World.Held(), m); i >= 0 {
			g.run.World.Lose(i)
		}
	}
	g.run.World.Run(100 * time.Microsecond)
	return shown
}

func like(m sim.Held, v benor.Value) int {
	if m.Message.(*benor.Vote).Value == v {
		return 1
	}
	return 0
}

func (g *randomGroup) deliver(m sim.Held) {
	if i := slices.Index(g.run.World.Held(), m); i >= 0 {
		g.run.World.Deliver(i)
	}
}

func (g *randomGroup) lose() {
	for len(g.run.World.Held()) > 0 {
		g.run.World.Lose(0)
	}
}

func (g *randomGroup) furthest() (round int) {
	for _, a := range g.honest {
		if p, ok := g.run.World.Node(a).(*benor.Process); ok {
			round = max(round, p.Round())
		}
	}
	return round
}

// geometric holds rounds, less the first, against the geometric distribution.
func geometric(r *consensustest.Run, rounds []int, p float64) error {
	n, sum := float64(len(rounds)), 0.0
	for _, k := range rounds {
		if k < 2 {
			return fmt.Errorf("decided in round %d, although the inputs differ and nobody saw a majority", k)
		}
		sum += float64(k - 1)
	}
	mean, deviation := sum/n, math.Sqrt((1-p)/(p*p)/n)
	r.Stats["rounds after the first, mean"], r.Stats["rounds after the first, expected"] = mean, 1/p
	if math.Abs(mean-1/p) > 5.3*deviation {
		return fmt.Errorf("%v decisions took %.2f rounds after the first on average, expected %.0f, give or take %.2f", n, mean, 1/p, deviation)
	}
	return chiSquare(r, rounds, p)
}

// chiSquare compares a histogram of six classes of about equal probability.
func chiSquare(r *consensustest.Run, rounds []int, p float64) error {
	const classes, limit = 6, 42.0                                   // at five degrees of freedom exceeded with probability 6e-8
	tail := func(k int) float64 { return math.Pow(1-p, float64(k)) } // more than k rounds
	chi, from := 0.0, 0
	for class := range classes {
		to := from + 1
		for class < classes-1 && tail(to) > 1-float64(class+1)/classes {
			to++
		}
		expected, observed := tail(from), 0.0
		if class < classes-1 {
			expected -= tail(to)
		}
		for _, k := range rounds {
			if k-1 > from && (k-1 <= to || class == classes-1) {
				observed++
			}
		}
		expected *= float64(len(rounds))
		chi += (observed - expected) * (observed - expected) / expected
		r.Stats[fmt.Sprintf("histogram: more than %02d", from)] = observed
		r.Stats[fmt.Sprintf("histogram: more than %02d, expected", from)] = math.Round(10*expected) / 10
		from = to
	}
	r.Stats["chi square"] = chi
	if chi > limit {
		return fmt.Errorf("the histogram of %d decisions has a chi square of %.1f", len(rounds), chi)
	}
	return nil
}
