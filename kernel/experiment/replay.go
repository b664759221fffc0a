package experiment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Replay is a run as text: what it takes to make it again. Regression seeds are
// kept in this form.
//
//	experiment raft/linearizable
//	seed 17
//	search pct 3
//	set duration 8s
//	plan
//	  at 2s crash a; restart after 500ms
//
// Lines that begin with '#' are comments. Without "plan" the seed draws one;
// "plan" with nothing below it means no faults.
type Replay struct {
	Experiment string // "system/name"
	Seed       uint64
	Search     Search // empty for Swarm
	Depth      int
	Params     map[string]string
	Plan       *string
	File       string // where the plan is as well: Command names it then
}

// replayOf returns the run that these options ask for.
func replayOf(e *Experiment, seed uint64, o Options) Replay {
	r := Replay{Experiment: e.ID(), Seed: seed, Params: maps.Clone(o.Params), Plan: o.Plan}
	if o.Search == PCT || o.Search == Exhaustive {
		r.Search, r.Depth = o.Search, o.Depth
	}
	return r
}

// String returns the text.
func (r Replay) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "experiment %s\nseed %d\n", r.Experiment, r.Seed)
	if r.Search != "" {
		fmt.Fprintf(&b, "search %s %d\n", r.Search, r.Depth)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		fmt.Fprintf(&b, "set %s %s\n", name, r.Params[name])
	}
	if r.Plan != nil {
		b.WriteString("plan\n")
		for _, l := range lines(*r.Plan) {
			fmt.Fprintf(&b, "  %s\n", l)
		}
	}
	return b.String()
}

// Command returns the command line that makes the run again.
func (r Replay) Command() string {
	var b strings.Builder
	fmt.Fprintf(&b, "parley check %s --seeds %d..%d", r.Experiment, r.Seed, r.Seed)
	if r.Search != "" {
		fmt.Fprintf(&b, " --search %s --depth %d", r.Search, r.Depth)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		fmt.Fprintf(&b, " --set %s", quote(name+"="+r.Params[name]))
	}
	switch {
	case r.File != "":
		fmt.Fprintf(&b, " --faults %s", quote("@"+r.File))
	case r.Plan != nil:
		fmt.Fprintf(&b, " --faults %s", quote(strings.Join(lines(*r.Plan), "\n")))
	}
	return b.String()
}

// Options returns what to give to Once or Twice.
func (r Replay) Options() Options {
	return Options{Search: r.Search, Depth: r.Depth, Params: r.Params, Plan: r.Plan}
}

// ParseReplay reads the text.
func ParseReplay(text string) (Replay, error) {
	var r Replay
	seeded := false
	for n, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if r.Plan != nil {
			*r.Plan += l + "\n"
			continue
		}
		var err error
		word, rest, _ := strings.Cut(l, " ")
		switch word {
		case "experiment":
			r.Experiment = rest
		case "seed":
			r.Seed, err = strconv.ParseUint(rest, 10, 64)
			seeded = true
		case "search":
			err = r.search(rest)
		case "set":
			err = r.set(rest)
		case "plan":
			r.Plan = new(string)
		default:
			err = fmt.Errorf("%q is none of experiment, seed, search, set, plan", word)
		}
		if err != nil {
			return Replay{}, fmt.Errorf("read replay, line %d: %w", n+1, err)
		}
	}
	if r.Experiment == "" || !seeded {
		return Replay{}, fmt.Errorf("read replay: the experiment or the seed is missing")
	}
	return r, nil
}

func (r *Replay) search(rest string) (err error) {
	name, depth, _ := strings.Cut(rest, " ")
	if r.Search, err = ParseSearch(name); err == nil && depth != "" {
		r.Depth, err = strconv.Atoi(depth)
	}
	return err
}

func (r *Replay) set(rest string) error {
	name, value, ok := strings.Cut(rest, " ")
	if !ok {
		return fmt.Errorf("parameter %q has no value", name)
	}
	if r.Params == nil {
		r.Params = map[string]string{}
	}
	r.Params[name] = value
	return nil
}

func joinLines(plan []string) string { return strings.Join(plan, "\n") }

// lines returns a plan's faults: its lines but for blanks and comments.
func lines(plan string) []string {
	var faults []string
	for _, l := range strings.Split(plan, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			faults = append(faults, l)
		}
	}
	return faults
}

// quote protects text from a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
