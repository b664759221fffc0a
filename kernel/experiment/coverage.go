package experiment

import (
	"cmp"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/trace"
)

// generation is how many runs are made on what the earlier ones taught. They
// are looked at together, in the order of their seeds, so that a campaign finds
// the same whatever the number of its workers.
const generation = 32

// steering is the state of a Coverage campaign.
type steering struct {
	corpus map[*Experiment][]input
	seen   map[*Experiment]map[uint64]bool
	made   []observed // of the present generation
}

// input is a run that showed something new.
type input struct {
	seed   uint64
	params map[string]string
	plan   string
}

type observed struct {
	job
	result Result
	shapes map[uint64]bool
}

// steer runs a campaign generation by generation.
func (r *runner) steer() {
	r.steered = &steering{corpus: map[*Experiment][]input{}, seen: map[*Experiment]map[uint64]bool{}}
	for !r.over() && r.next < r.total() {
		r.through(r.next + generation*uint64(len(r.c.Experiments)))
		r.steered.learn()
	}
	for _, t := range r.report.Tallies {
		t.Shapes = len(r.steered.seen[t.Experiment])
	}
}

// learn keeps the runs that were connected in a new way.
func (s *steering) learn() {
	slices.SortFunc(s.made, func(a, b observed) int { return cmp.Compare(a.nth, b.nth) })
	for _, o := range s.made {
		e := o.tally.Experiment
		if s.seen[e] == nil {
			s.seen[e] = map[uint64]bool{}
		}
		news := false
		for h := range o.shapes {
			news = news || !s.seen[e][h]
			s.seen[e][h] = true
		}
		if news && o.result.Verdict == check.OK {
			s.corpus[e] = append(s.corpus[e], input{o.seed, o.result.Params, o.result.Plan})
		}
	}
	s.made = s.made[:0]
}

// notice takes a run in, and tells whether it counts: a plan that a change made
// senseless does not.
func (s *steering) notice(j job, r Result) bool {
	if r.Verdict == check.Unknown && j.options.Plan != nil {
		return false
	}
	s.made = append(s.made, observed{j, r, shapes(j.options.Trace)})
	return true
}

// shapeLimit is how many events of a run count for its shapes: its end.
const shapeLimit = 1 << 15

// steer lets half of the runs be changed forms of what showed something new, the
// latest first.
func (s *steering) steer(j *job) {
	j.options.Trace = trace.NewRecorder(shapeLimit)
	d := rand.New(rand.NewPCG(j.nth, 0xc0fe))
	corpus := s.corpus[j.tally.Experiment]
	if len(corpus) == 0 || j.options.Plan != nil || d.IntN(2) == 0 {
		return
	}
	back := min(d.IntN(len(corpus)), d.IntN(len(corpus)))
	in := corpus[len(corpus)-1-back]
	plan := in.plan
	small := j.tally.Experiment.small != nil
	for range 1 + d.IntN(3) {
		plan = mutated(d, plan, small)
	}
	j.options.Plan, j.options.Params, j.options.Extend = &plan, in.params, small
	if !small {
		j.seed = in.seed // its draws belong to the plan
	}
}

var duration = regexp.MustCompile(`\b\d+(\.\d+)?(ns|us|µs|ms|s)\b`)

// mutated changes a plan: a line goes, is repeated elsewhere or takes another's
// place; a small world's may end early, another's has a time that changes.
func mutated(d *rand.Rand, plan string, small bool) string {
	l := lines(plan)
	if len(l) == 0 {
		return plan
	}
	at, other := d.IntN(len(l)), d.IntN(len(l))
	switch d.IntN(4) {
	case 0:
		l = slices.Delete(l, at, at+1)
	case 1:
		l[at], l[other] = l[other], l[at]
	case 2:
		l = slices.Insert(l, at, l[other])
	default:
		if small {
			l = l[:at]
			break
		}
		l[at] = duration.ReplaceAllStringFunc(l[at], func(text string) string {
			t, err := time.ParseDuration(text)
			if err != nil || d.IntN(2) == 0 {
				return text
			}
			return time.Duration(float64(t) * (0.5 + 1.5*d.Float64())).Round(time.Microsecond).String()
		})
	}
	return joinLines(l)
}
