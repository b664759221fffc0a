package experiment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
)

// Report is what a campaign found.
type Report struct {
	Tallies []*Tally
	// Wall is how long the campaign took.
	Wall time.Duration
	// Cut tells that the caller ended it before all seeds had run.
	Cut bool
}

// Tally is what a campaign found about one experiment.
type Tally struct {
	Experiment *Experiment
	Runs       uint64
	OK         uint64
	// Events and Elapsed sum what the simulator handled and its virtual time.
	Events  uint64
	Elapsed time.Duration
	// Findings are the violations and Undecided the unknowns, by seed.
	Findings, Undecided []Finding
	// Marks counts the runs that reached each Sometimes state.
	Marks map[string]uint64
	// Exhausted tells that the one run was an exhaustive search, of which Stats
	// has the figures.
	Exhausted bool
	Stats     map[string]float64
	// Shapes counts the ways in which events were connected, of a Coverage
	// campaign.
	Shapes int
	// Hung are the seeds of runs that did not end when the campaign did: perhaps
	// handlers that never return.
	Hung []uint64
	// Missing are the Sometimes states that no run of enough reached.
	Missing []string
}

// Finding is a run that did not pass.
type Finding struct {
	Seed   uint64
	Result Result
	// Replay makes the run again.
	Replay Replay
	// Shrunk is a smaller run that fails, if one was looked for.
	Shrunk *Shrunk
}

// maxFindings bounds what a tally keeps of each sort.
const maxFindings = 100

func newReport(experiments []*Experiment) Report {
	var r Report
	for _, e := range experiments {
		r.Tallies = append(r.Tallies, &Tally{Experiment: e, Marks: map[string]uint64{}})
	}
	return r
}

func (t *Tally) add(seed uint64, o Options, r Result) {
	t.Runs++
	if t.Exhausted = o.Search == Exhaustive; t.Exhausted {
		t.Stats = r.Stats
	}
	t.Events += r.Events
	t.Elapsed += r.Elapsed
	for _, m := range r.Marks {
		t.Marks[m]++
	}
	switch f := (Finding{Seed: seed, Result: r, Replay: replayOf(t.Experiment, seed, o)}); {
	case r.Verdict == check.OK:
		t.OK++
	case r.Verdict == check.Violation && len(t.Findings) < maxFindings:
		t.Findings = append(t.Findings, f)
	case r.Verdict == check.Unknown && len(t.Undecided) < maxFindings:
		t.Undecided = append(t.Undecided, f)
	}
}

// finish sorts what workers brought in and looks for states never reached.
func (r *Report) finish(cut bool) {
	r.Cut = cut
	for _, t := range r.Tallies {
		bySeed := func(a, b Finding) int { return cmp.Compare(a.Seed, b.Seed) }
		slices.SortFunc(t.Findings, bySeed)
		slices.SortFunc(t.Undecided, bySeed)
		if t.Runs < t.Experiment.enough() || t.Exhausted {
			continue
		}
		for _, m := range t.Experiment.Sometimes {
			if t.Marks[m] == 0 {
				t.Missing = append(t.Missing, m)
			}
		}
	}
}

func (e *Experiment) enough() uint64 {
	switch {
	case e.Once:
		return 1
	case e.Enough == 0:
		return 100
	}
	return e.Enough
}

// Verdict sums up: a violation anywhere is one; unknown runs, none at all, and
// states that had to be reached and were not make it Unknown.
func (r *Report) Verdict() check.Verdict {
	v := check.OK
	for _, t := range r.Tallies {
		v = v.And(t.Verdict())
	}
	if len(r.Tallies) == 0 {
		return check.Unknown
	}
	return v
}

// Verdict sums up one experiment.
func (t *Tally) Verdict() check.Verdict {
	switch {
	case len(t.Findings) > 0:
		return check.Violation
	case t.Runs == 0 || t.OK < t.Runs || len(t.Missing) > 0:
		return check.Unknown
	}
	return check.OK
}

// String renders the report for people: a line an experiment, and below it what
// did not pass, with the line that replays it.
func (r *Report) String() string {
	var b strings.Builder
	for _, t := range r.Tallies {
		fmt.Fprintf(&b, "%-28s %-9s %6d runs, %d events, %v simulated\n",
			t.Experiment.ID(), t.Verdict(), t.Runs, t.Events, t.Elapsed.Round(time.Second))
		if t.Exhausted {
			fmt.Fprintf(&b, "  all sequences of up to %.0f moves: %.0f, to %.0f states\n",
				t.Stats["moves"], t.Stats["sequences"], t.Stats["states"])
		}
		if t.Shapes > 0 {
			fmt.Fprintf(&b, "  %d ways in which events were connected\n", t.Shapes)
		}
		for _, m := range t.Missing {
			fmt.Fprintf(&b, "  never reached: %s\n", m)
		}
		for _, seed := range t.Hung {
			fmt.Fprintf(&b, "  seed %d did not end when the campaign did; it may never\n", seed)
		}
		if len(t.Undecided) > 0 {
			f := t.Undecided[0]
			fmt.Fprintf(&b, "  %d undecided, the first with seed %d: %s\n", len(t.Undecided), f.Seed, indent(f.Result.Violation))
		}
		for i := range t.Findings {
			b.WriteString(indent("  " + t.Findings[i].text()))
			b.WriteByte('\n')
		}
	}
	if r.Cut {
		b.WriteString("stopped before all seeds had run\n")
	}
	return b.String()
}

// text explains a finding, in its smaller form if there is one.
func (f *Finding) text() string {
	if f.Shrunk == nil {
		return fmt.Sprintf("seed %d: %s\nreplay: %s", f.Seed, f.Result.Violation, f.Replay.Command())
	}
	s := f.Shrunk
	how := fmt.Sprintf("shrunk from %d to %d lines of plan in %d runs", s.FaultsBefore, s.Faults, s.Runs)
	if s.Deliveries < s.DeliveriesBefore {
		how += fmt.Sprintf(" and from %d to %d messages that arrive", s.DeliveriesBefore, s.Deliveries)
	}
	switch {
	case s.Runs == 0 && s.Stopped != "":
		how = "not shrunk, " + s.Stopped
	case s.Stopped != "":
		how += " (" + s.Stopped + ", so perhaps not as small as can be)"
	}
	return fmt.Sprintf("seed %d: %s\nreplay: %s\n%s: %s", f.Seed, s.Result.Violation, f.Replay.Command(), how, s.Replay.Command())
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n    ") }
