package experiment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

// Param is a parameter of an experiment that can be set from outside.
type Param struct {
	Name string
	Kind ParamKind
	// Doc says what it is, with its unit and how it is drawn if not set.
	Doc string
	// Shrink tells that a smaller value makes a failing run easier to read, and
	// down to what.
	Shrink bool
	Least  int
}

// ParamKind says how a parameter's text is read.
type ParamKind uint8

// The kinds of parameters.
const (
	Int ParamKind = iota
	Duration
	Text
)

// Check tells whether the options can be given to the experiment: names known,
// values and the plan readable, and a search that fits. The plan of a small world
// is a list of moves, of which those that are not possible are passed over.
func (e *Experiment) Check(o Options) error {
	if o.Search == Exhaustive && e.small == nil {
		return fmt.Errorf("experiment %s has no small world, which an exhaustive search needs", e.ID())
	}
	if o.Plan != nil && e.small == nil {
		if err := e.readPlan(*o.Plan); err != nil {
			return fmt.Errorf("experiment %s: %w", e.ID(), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Params)) {
		p, ok := e.param(name)
		if !ok {
			return fmt.Errorf("experiment %s has no parameter %q; it has %s", e.ID(), name, e.paramNames())
		}
		if err := p.check(o.Params[name]); err != nil {
			return fmt.Errorf("experiment %s: parameter %s: %w", e.ID(), name, err)
		}
	}
	return nil
}

func (e *Experiment) readPlan(text string) error {
	if e.ReadPlan != nil {
		return e.ReadPlan(text)
	}
	_, err := sim.Parse(text)
	return err
}

func (e *Experiment) param(name string) (Param, bool) {
	i := slices.IndexFunc(e.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return Param{}, false
	}
	return e.Params[i], true
}

func (e *Experiment) paramNames() string {
	var names []string
	for _, p := range e.Params {
		names = append(names, p.Name)
	}
	if names == nil {
		return "none"
	}
	return fmt.Sprint(names)
}

func (p Param) check(text string) error {
	switch p.Kind {
	case Int:
		if _, err := strconv.Atoi(text); err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
	case Duration:
		if _, err := time.ParseDuration(text); err != nil {
			return fmt.Errorf("%q is not a duration such as 30s or 5ms", text)
		}
	}
	return nil
}

// Settings hands an experiment its parameters and remembers what it used.
type Settings struct {
	e    *Experiment
	o    Options
	used map[string]string
}

// Settings begins the run's reading of parameters. Only the Options that an
// experiment's Run is handed have any.
func (o Options) Settings() *Settings {
	return &Settings{e: o.experiment, o: o, used: map[string]string{}}
}

// Int returns the parameter as it was set, or else as drawn.
func (s *Settings) Int(name string, drawn int) int {
	if text, ok := s.set(name, Int); ok {
		drawn, _ = strconv.Atoi(text) // Check has read it before
	}
	s.used[name] = strconv.Itoa(drawn)
	return drawn
}

// Duration returns the parameter as it was set, or else as drawn.
func (s *Settings) Duration(name string, drawn time.Duration) time.Duration {
	if text, ok := s.set(name, Duration); ok {
		drawn, _ = time.ParseDuration(text)
	}
	s.used[name] = drawn.String()
	return drawn
}

// Text returns the parameter as it was set, or else as drawn.
func (s *Settings) Text(name string, drawn string) string {
	if text, ok := s.set(name, Text); ok {
		drawn = text
	}
	s.used[name] = drawn
	return drawn
}

// Used returns what the run used, for its Result.
func (s *Settings) Used() map[string]string { return s.used }

// set returns what the caller asked for. Reading a parameter that the
// experiment does not declare would hide it from its users, so that panics.
func (s *Settings) set(name string, kind ParamKind) (string, bool) {
	if p, ok := s.e.param(name); !ok || p.Kind != kind {
		panic(fmt.Sprintf("experiment %s does not declare the parameter %s as it reads it", s.e.ID(), name))
	}
	text, ok := s.o.Params[name]
	return text, ok
}
