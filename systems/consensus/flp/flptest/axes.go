package flptest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp/floodset"
)

// setting is a model: a choice on each of the axes, and how many rounds are made.
type setting struct {
	arbitrary bool   // delays
	lossy     bool   // links
	multicast bool   // one message for all, or one for each
	fault     string // none, crash, lies
	rounds    int
}

func (s setting) String() string {
	name := func(b bool, yes, no string) string {
		if b {
			return yes
		}
		return no
	}
	return fmt.Sprintf("%s delays, %s links, %s, %s, %d rounds", name(s.arbitrary, "arbitrary", "bounded"),
		name(s.lossy, "lossy", "intact"), name(s.multicast, "multicast", "one-to-one"), s.fault, s.rounds)
}

// holds says in which models agreement and validity are theorems for so many rounds; termination
// is in all, since a process decides by its clock.
func (s setting) holds() (agreement, validity bool) {
	reliable := !s.arbitrary && !s.lossy
	switch s.fault {
	case "none":
		return reliable, true
	case "crash":
		return reliable && (s.multicast || s.rounds > 1), true
	}
	return reliable && s.multicast, false
}

// Axes runs one protocol in all models.
var Axes = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "axes", Hosts: "5", Enough: 1000,
	Question: `Which of agreement, validity and termination survives in which model? Four processes flood their values for one or
two rounds and decide the least. The seed draws a model: delays within the round or any; links intact or lossy; a
message to each, or one to all by a bus; nobody faulty, one that crashes while it sends, or one that lies. Where the
theory has a property hold it must hold for all seeds; of every model in which it does not, the campaign must have seen it
broken. Termination always holds here: a process that goes by its clock waits for nobody.`,
	Canon:     []string{"flp.model.axes"},
	Sometimes: brokenSomewhere(),
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		s := setting{
			arbitrary: k.Chance("arbitrary", 0.4), lossy: k.Chance("lossy", 0.4), multicast: k.Chance("multicast", 0.5),
			fault: sim.Choose(k, "fault", "none", "crash", "lies"), rounds: sim.Choose(k, "rounds", 1, 2),
		}
		link := sim.Link{Delay: sim.Uniform(100*time.Microsecond, 2*time.Millisecond), Reorder: 1}
		if s.arbitrary {
			link.Delay = sim.LongTail(8*time.Millisecond, time.Second)
		}
		if s.lossy {
			link.Loss = 0.6
		}
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim:  sim.Config{Link: link},
			Body: func(r *consensustest.Run) error { return s.run(r) },
		})
	},
})

// settings are all models.
func settings() (all []setting) {
	for i := range 48 {
		all = append(all, setting{i&1 > 0, i&2 > 0, i&4 > 0, []string{"none", "crash", "lies"}[i>>4], 1 + i>>3&1})
	}
	return all
}

// brokenSomewhere names the states that a campaign must reach: each axis by itself
// breaks something, and each cure works.
func brokenSomewhere() (marks []string) {
	for _, s := range settings() {
		for _, property := range s.mustBreak() {
			marks = append(marks, property+" is broken: "+s.String())
		}
	}
	return marks
}

// mustBreak lists what theory says is not safe, for models that differ from a safe
// one on a single axis.
func (s setting) mustBreak() (properties []string) {
	agreement, validity := s.holds()
	off := 0
	for _, b := range []bool{s.arbitrary, s.lossy, s.fault != "none"} {
		if b {
			off++
		}
	}
	if off != 1 {
		return nil
	}
	if !agreement {
		properties = append(properties, "agreement")
	}
	if !validity {
		properties = append(properties, "validity")
	}
	return properties
}

const roundLength = 5 * time.Millisecond

func (s setting) run(r *consensustest.Run) error {
	cfg := floodset.Config{Rounds: s.rounds, Round: roundLength}
	hosts := []string{"p0", "p1", "p2", "p3"}
	for _, h := range hosts {
		cfg.Members = append(cfg.Members, node.Join(h, "floodset"))
	}
	if s.multicast {
		cfg.Bus = "bus/bus"
		r.World.Shape("*", "*", s.half(r))
		r.World.Host("bus").Serve("bus", func() node.Node { return &floodset.Bus{Members: cfg.Members} })
	}
	inputs := s.serve(r, hosts, cfg)
	if s.fault == "crash" { // in the midst of sending, in some round
		plan, err := sim.Parse("from 0s to 1s on send floodset.Known of p0 with 0.3 crash")
		if err != nil {
			return err
		}
		if err := r.World.Apply(plan); err != nil {
			return err
		}
	}
	r.World.Run(time.Duration(s.rounds)*roundLength + 3*time.Second)
	return s.judge(r, cfg, inputs)
}

// half lets the two hops over the bus take as long as one without.
func (s setting) half(*consensustest.Run) sim.Link {
	link := sim.Link{Delay: sim.Uniform(100*time.Microsecond, time.Millisecond), Reorder: 1}
	if s.arbitrary {
		link.Delay = sim.LongTail(8*time.Millisecond, time.Second)
	}
	if s.lossy {
		link.Loss = 0.4
	}
	return link
}

// serve makes the processes; p0 is the one that is faulty if one is.
func (s setting) serve(r *consensustest.Run, hosts []string, cfg floodset.Config) (inputs []int) {
	for i, h := range hosts {
		input := r.Knobs.Int("input "+h, 0, 1)
		if i > 0 && r.Knobs.Chance("the others alike", 0.7) {
			input = 1
		}
		inputs = append(inputs, input)
		r.World.Host(h).Serve("floodset", func() node.Node {
			if i == 0 && s.fault == "lies" {
				return &flooder{members: cfg.Members, bus: cfg.Bus, rounds: cfg.Rounds}
			}
			return floodset.New(cfg, input)
		})
	}
	return inputs
}

// judge looks at those that are neither down nor lying.
func (s setting) judge(r *consensustest.Run, cfg floodset.Config, inputs []int) error {
	agreement, validity := s.holds()
	proposed := map[int]bool{}
	for i, v := range inputs {
		if i > 0 || s.fault != "lies" {
			proposed[v] = true
		}
	}
	agree, valid, first := true, true, floodset.Undecided
	for _, a := range cfg.Members {
		p, ok := r.World.Node(a).(*floodset.Process)
		if !ok {
			continue
		}
		v := p.Output()
		if v == floodset.Undecided {
			return fmt.Errorf("termination: %s has not decided; %v", a, s)
		}
		agree = agree && (first == floodset.Undecided || v == first)
		valid = valid && proposed[v]
		first = v
	}
	broken := []string{}
	if !agree {
		broken = append(broken, "agreement")
	}
	if !valid {
		broken = append(broken, "validity")
	}
	for _, property := range broken {
		if property == "agreement" && agreement || property == "validity" && validity {
			return fmt.Errorf("%s is broken, and is a theorem with %v", property, s)
		}
		for _, must := range s.mustBreak() {
			r.Marks.Sometimes(property+" is broken: "+s.String(), must == property)
		}
	}
	r.Stats[strings.Join(append(broken, "termination holds"), " and ")]++
	return nil
}

// flooder lies: it tells some of the others of a value that nobody has.
type flooder struct {
	members []node.Addr
	bus     node.Addr
	rounds  int
	round   int
	env     node.Env
	timer   node.Timer
}

// Start implements node.Node.
func (f *flooder) Start(env node.Env) {
	f.env = env
	f.timer = env.Timer(f.lie)
	f.lie()
}

// lie is one round.
func (f *flooder) lie() {
	if f.round++; f.round > f.rounds {
		return
	}
	f.timer.Reset(roundLength)
	if f.bus != "" {
		f.env.Send(f.bus, &floodset.Known{Values: 1})
		return
	}
	for i, a := range f.members {
		if i == 1 { // one of them, so that only a later round could tell the others
			f.env.Send(a, &floodset.Known{Values: 1 << (f.rounds - f.round)})
		}
	}
}

// Receive implements node.Node.
func (f *flooder) Receive(node.Addr, node.Message) {}
