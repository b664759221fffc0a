package pbfttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// splitting tells the replicas of the mask the other story at each step: as a primary
// it gives one number to two batches, and with its accomplices it votes, to each
// replica, for what that one was told.
func splitting(mask int) Adversary {
	return Adversary{Name: fmt.Sprintf("splitting %b", mask), Send: func(l *Liar, to node.Addr, m node.Message) {
		if n := l.number(to); n < 0 || mask>>n&1 == 0 {
			l.Pass(to, m)
			return
		}
		l.otherStory(to, m)
	}}
}

// fast is a group that is quick to change its primary.
var fast = pbft.Config{ViewTimeout: 80 * time.Millisecond, CheckpointInterval: 8}

// many is an experiment of several trials in one run; all of them must pass.
func many(name, hosts, question string, canon []string, enough uint64, trials func(seed uint64, k *sim.Knobs) []*Trial) *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "pbft", Name: name, Hosts: hosts, Question: question, Canon: canon, Enough: enough,
		Run: func(seed uint64, o experiment.Options) (sum experiment.Result) {
			sum.Verdict, sum.Stats = check.OK, map[string]float64{}
			for i, t := range trials(seed, sim.NewKnobs(seed)) {
				t.Seed, t.Options = seed*1000+uint64(i), o
				t.Options.Plan, t.Options.Params = nil, nil
				r := t.Run()
				sum.Hash = sum.Hash*1099511628211 + r.Hash
				sum.Events += r.Events
				sum.Elapsed += r.Elapsed
				if r.Verdict != check.OK {
					r.Violation = fmt.Sprintf("trial %d: %s", i, r.Violation)
					return r
				}
			}
			return sum
		},
	})
}

// small is a trial without faults of the network: some clients, some operations.
func small(replicas int, liars map[string]Adversary) *Trial {
	return &Trial{
		Config: Options{Replicas: replicas, Clients: 2, Config: fast, Liars: liars}, Duration: 300 * time.Millisecond,
		Load: Load{Each: 6, Mix: workload.Register(2), Think: 10 * time.Millisecond},
	}
}

// Equivocation goes through the ways in which a primary can split its backups.
var Equivocation = many("equivocation", "4 and 7", `Can a primary that gives one number to two batches have both prepared? By seed two of the eight ways in which it can split three backups, and one of those in which it
and an accomplice can split seven replicas: no two batches may be prepared at a number in one view, none may be executed where
another is, and the clients must get their answers all the same, in another view if need be.`,
	[]string{
		"pbft.byzantine-primary.equivocation", "pbft.prepare.agreement-within-view", "pbft.primary.policed-by-backups", "pbft.quorum.overlap",
		"pbft.prepare.prepared-predicate", "pbft.preprepare.one-request-per-number", "pbft.motivation.primary-may-equivocate",
	}, 4,
	func(seed uint64, k *sim.Knobs) (all []*Trial) {
		for i := range 2 { // all eight in four seeds
			mask := int(seed%4)*2 + i
			all = append(all, small(4, map[string]Adversary{"a": splitting(mask << 1)}))
		}
		mask := k.Int("mask", 1, 126)
		return append(all, small(7, map[string]Adversary{"a": splitting(mask), "d": splitting(mask)}))
	})

// EachLiar puts one adversary of the library at each replica.
var EachLiar = many("each-liar", "4", `Does a group of four work whatever one of its replicas does? By seed an adversary of the library, at each of the four replicas in turn: all operations
must end, by the order of execution, and the correct replicas must be in one state.`,
	[]string{
		"pbft.claim.one-failure", "pbft.fault.arbitrary-behaviour", "pbft.bound.3f-plus-1", "pbft.client.matching-replies", "pbft.primary.policed-by-backups",
		"pbft.view.primary-rotation", "pbft.client.faulty-clients",
	}, uint64(len(Library)),
	func(seed uint64, _ *sim.Knobs) (all []*Trial) {
		for _, h := range names(4) {
			t := small(4, map[string]Adversary{h: Library[seed%uint64(len(Library))]})
			t.Config.Config.Tentative = seed/uint64(len(Library))%2 == 1
			all = append(all, t)
		}
		return all
	})

// BeyondF has one liar more than a group survives.
var BeyondF = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "beyond-f", Hosts: "4", Once: true,
	Question: `What if f+1 replicas lie? The primary and one accomplice tell d another story than b, and answer the client alike and wrongly. The two correct replicas must be seen
to execute different batches at one number, and the client to accept the lie: then the oracle can see what it is there to see, and the bound is
where the paper says. With the accomplice honest, nothing of it may happen.`,
	Canon: []string{"pbft.limit.more-than-f-faults", "pbft.bound.3f-plus-1"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		liar := Adversary{Name: "colluding", Send: func(l *Liar, to node.Addr, m node.Message) {
			if r, ok := m.(*pbft.Reply); ok {
				l.Say(to, lie(r))
				return
			}
			splitting(1<<3).Send(l, to, m)
		}}
		play := func(liars map[string]Adversary) (*Trial, bool) {
			t := small(4, liars)
			t.Seed, t.Options = seed, o
			lied := false
			t.Judge = func(t *Trial) error { return nil }
			t.Script = func(t *Trial) error {
				o := t.Cluster.Clients[0].Invoke(&writeOp)
				t.Cluster.World.Run(500 * time.Millisecond)
				lied = o.Done && string(o.Result) == string(theLie)
				return errStop
			}
			t.Run()
			return t, lied
		}
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		fair, lied := play(map[string]Adversary{"a": liar})
		if fair.Cluster.Oracle.Breaches > 0 || lied {
			r.Verdict, r.Violation = check.Violation, "one liar of four breaks the group: "+fair.Cluster.Oracle.Violation()
			return r
		}
		foul, lied := play(map[string]Adversary{"a": liar, "c": liar})
		if foul.Cluster.Oracle.Breaches == 0 || !lied {
			r.Verdict = check.Violation
			r.Violation = fmt.Sprintf("two liars of four: %d breaches, the client was deceived: %v", foul.Cluster.Oracle.Breaches, lied)
		}
		r.Stats["breaches"] = float64(foul.Cluster.Oracle.Breaches)
		return r
	},
})

var errStop = errors.New("the script is over")

// Rotation has primaries that are dead one after the other.
var Rotation = register(aim{
	name: "rotation", hosts: "4 to 7", enough: 2,
	question: `Who is primary, and how many view changes does it take past f dead ones? The primaries of the first f views are silent from the beginning: the group must come to
rest in view f, whose primary is replica f, and answer; no correct replica may ask for more view changes than that takes.`,
	canon: []string{"pbft.view.primary-rotation", "pbft.viewchange.liveness-without-thrashing"},
	draw: func(k *sim.Knobs, t *Trial) {
		f := k.Int("f", 1, 2)
		t.Config.Replicas, t.Config.Config = 3*f+1, fast
		t.Config.Liars = map[string]Adversary{}
		for _, h := range names(f) {
			t.Config.Liars[h] = Silent
		}
		t.Load.Each = 10
		t.Judge = func(t *Trial) error {
			for _, h := range t.Cluster.Hosts()[f:] {
				v, active := t.Cluster.Replica(h).View()
				if v != pbft.View(f) || !active {
					return fmt.Errorf("%s is in view %d (%v), want %d", h, v, active, f)
				}
			}
			if n := t.Notes.Counts["view change"]; n > f*(2*f+2)+f*f {
				return fmt.Errorf("%d view changes were asked for", n)
			}
			return nil
		}
	},
})

// Thrashing has a network slower than the replicas' patience, and a spammer.
var Thrashing = register(aim{
	name: "thrashing", hosts: "4", enough: 4,
	question: `Do view changes come to an end? The primary is correct, but messages take longer than the replicas' first timeouts; and one replica asks for view changes all the time.
Once the waits have doubled often enough, requests are executed and the view stays: the number of view changes must be small, and the spammer must not
have added to it.`,
	canon: []string{"pbft.viewchange.liveness-without-thrashing"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config = pbft.Config{ViewTimeout: 30 * time.Millisecond, StatusInterval: 40 * time.Millisecond}
		delay := k.Duration("delay", 30*time.Millisecond, 120*time.Millisecond)
		t.Config.Sim.Link.Delay = sim.Uniform(delay, delay+10*time.Millisecond)
		t.Config.Liars = map[string]Adversary{"d": Spamming}
		t.Config.Gateway.RetryAfter = time.Second
		t.Load.Each, t.Duration = 12, 8*time.Second
		t.Judge = func(t *Trial) error {
			if n := t.Notes.Counts["view change"]; n > 60 {
				return fmt.Errorf("%d view changes were asked for", n)
			}
			return nil
		}
	},
})
