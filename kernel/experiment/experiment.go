package experiment

import (
	"context"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Experiment is a question about a system that a seeded run can answer.
type Experiment struct {
	// System and Name identify it: "raft" and "linearizable".
	System, Name string
	// Question is one paragraph: what is asked, by which workload under which
	// faults, who judges, and what a reader should see.
	Question string
	// Canon lists the items of the ledger that a passing run supports.
	Canon []string
	// Hosts says how many hosts take part: "3", "3 to 5".
	Hosts string
	// Params are what can be set from outside.
	Params []Param
	// Sometimes lists states that a campaign of Enough seeds must have reached,
	// or its passing means little.
	Sometimes []string
	// Enough is how many seeds it takes to reach them all; 0 means 100.
	Enough uint64
	// Once marks an experiment without randomness: one seed says it all.
	Once bool
	// Events is about how many events a run may have, beyond which it ends
	// without a verdict; 0 means 16 million. A run is never unbounded.
	Events uint64
	// ReadPlan says what is wrong with a plan of faults, for an experiment whose
	// plans have lines of their own; nil means those of the simulator alone.
	ReadPlan func(text string) error
	// small makes the world of a Small experiment; nil for others.
	small func(seed uint64, o Options, s *Settings) Moves
	// Run makes one run and judges it. The same seed and options must give the
	// same Result. A panic of Run is a violation: broken invariants panic.
	Run func(seed uint64, o Options) Result
}

// ID returns "system/name".
func (e *Experiment) ID() string { return e.System + "/" + e.Name }

// Options are what a caller may decide about a run.
type Options struct {
	// Context ends a run early if the caller gives up; nil means never. A run
	// cut short has verdict Unknown.
	Context context.Context
	// Codec passes every message through kernel/wire instead of by reference.
	Codec bool
	// Digest condenses the contents of all messages into the run's hash.
	Digest bool
	// Plan replaces the fault plan that the seed would draw: a text of one
	// fault a line. An empty plan means no faults, nil the drawn one.
	Plan *string
	// Params overrides what the seed would draw, by name.
	Params map[string]string
	// Search says who chooses what happens next; empty means Swarm. Depth is, for
	// PCT, how many ordering constraints to aim at (0: two to six, by seed), and
	// for Exhaustive the longest sequence of moves (0: seven).
	Search Search
	Depth  int
	// Extend lets a small world go on after the plan's moves.
	Extend bool
	// Trace, if not nil, records the run's events.
	Trace *trace.Recorder
	// Inspect, if not nil, is shown the nodes of a traced run before and after
	// each of their events (sim.Config.Inspect).
	Inspect func(event trace.ID, n node.Node)
	// History, if not nil, is filled with what the clients saw, by experiments
	// that have clients.
	History *check.Picture

	experiment *Experiment // set by Once, for Settings
	drawn      *Result     // where Drawn leaves what a panic would lose
	chosen     *bool       // set if a search could choose
}

// depth is that of a PCT run.
func (o Options) depth(seed uint64) int {
	if o.Depth > 0 {
		return o.Depth
	}
	return 2 + int(seed%5)
}

// over tells whether the caller has given up.
func (o Options) over() bool { return o.Context != nil && o.Context.Err() != nil }

// Drawn tells, before the run begins, which plan it will carry out and which
// values it will use, so that a run that panics can be shrunk as well.
func (o Options) Drawn(plan string, params map[string]string) {
	if o.drawn != nil {
		o.drawn.Plan, o.drawn.Params = plan, params
	}
}

// Result is what a run showed.
type Result struct {
	Verdict check.Verdict
	// Violation says what was broken, with the operations or events that show
	// it; for an Unknown verdict, what was missing.
	Violation string
	// At is when the violation showed, since the run began, if that is known.
	At time.Duration
	// Event is the traced event that showed it, if the run was traced.
	Event trace.ID
	// Hash condenses the whole run: equal runs have equal hashes.
	Hash uint64
	// Events counts what the simulator handled.
	Events uint64
	// Elapsed is the run's virtual duration.
	Elapsed time.Duration
	// Plan is the fault plan that was carried out, as text that Options takes.
	Plan string
	// Params are the values that were used, drawn ones included.
	Params map[string]string
	// Marks are the Sometimes states that the run reached, sorted.
	Marks []string
	// Stats are figures worth showing, such as operations by outcome.
	Stats map[string]float64

	boundless bool // the run had too many events
}
