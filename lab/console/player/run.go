package player

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// Spec says which run is meant. Faults replaces the drawn plan if it is given.
// With Recording, it is one that was opened under that name, and no experiment.
type Spec struct {
	Recording  string            `json:"recording,omitempty"`
	Experiment string            `json:"experiment"`
	Seed       uint64            `json:"seed"`
	Params     map[string]string `json:"params,omitempty"`
	Faults     *string           `json:"faults,omitempty"`
}

// key tells runs apart.
func (s Spec) key() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("player: %v", err)) // strings and numbers can be written
	}
	return string(text)
}

func (s Spec) find() (*experiment.Experiment, error) {
	found, err := experiment.Select(s.Experiment)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 || found[0].ID() != s.Experiment {
		return nil, fmt.Errorf("%q is a system; name one of its experiments", s.Experiment)
	}
	return found[0], found[0].Check(s.options())
}

func (s Spec) options() experiment.Options {
	return experiment.Options{Params: s.Params, Plan: s.Faults}
}

func (s Spec) replay() experiment.Replay {
	return experiment.Replay{Experiment: s.Experiment, Seed: s.Seed, Params: s.Params, Plan: s.Faults}
}

// Summary is what a run showed, and what is needed to read its columns.
type Summary struct {
	Spec      Spec               `json:"spec"`
	Verdict   check.Verdict      `json:"verdict"`
	Violation string             `json:"violation"`
	Plan      string             `json:"plan"` // the faults that were carried out
	Params    map[string]string  `json:"params"`
	Marks     []string           `json:"marks"`
	Stats     map[string]float64 `json:"stats"`
	Hash      string             `json:"hash"`
	Elapsed   int64              `json:"elapsed"` // virtual, in nanoseconds
	Handled   uint64             `json:"handled"` // events of the simulator
	Command   string             `json:"command"` // the command line that makes the run
	// First is the number of the first event that was kept, Count how many were.
	First, Count int
	// Shown is the event that showed the violation; 0 if there was none.
	Shown trace.ID `json:"shown"`
	// Witness is the steps that the violation depends on, at most maxWitness, and
	// Operations those of clients that show it, the last one being the one whose
	// answer fits nowhere; none if the violation is of another sort.
	Witness    []trace.ID       `json:"witness"`
	Operations []check.Interval `json:"operations"`
	Kinds      []string         `json:"kinds"`
	Places     []string         `json:"places"`
	Whats      []string         `json:"whats"`
	History    bool             `json:"history"` // there were clients
}

// run is one that was made and is kept.
type run struct {
	summary  Summary
	recorder *trace.Recorder
	picture  check.Picture
	columns  []byte
	states   states
	result   experiment.Result
	narrowed *Narrowed // once somebody asked
}

// Bounds of what is kept (I1, I2).
const (
	maxEvents  = 2_000_000
	maxRuns    = 6
	maxWitness = 2000
	maxPast    = 20_000 // events that are searched for it
)

// perform makes a run.
func perform(ctx context.Context, s Spec) (*run, error) {
	e, err := s.find()
	if err != nil {
		return nil, err
	}
	r := &run{recorder: trace.NewRecorder(maxEvents)}
	o := s.options()
	o.Context, o.Trace, o.History = ctx, r.recorder, &r.picture
	result := experiment.Once(e, s.Seed, o)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("run %s with seed %d: %w", s.Experiment, s.Seed, ctx.Err())
	}
	r.result = result
	r.summarise(s, result)
	return r, nil
}

func (r *run) summarise(s Spec, result experiment.Result) {
	c := newColumns(r.recorder)
	r.columns = c.bytes
	r.summary = Summary{
		Spec: s, Verdict: result.Verdict, Violation: result.Violation, Plan: result.Plan, Params: result.Params,
		Marks: result.Marks, Stats: result.Stats, Hash: fmt.Sprintf("%016x", result.Hash),
		Elapsed: int64(result.Elapsed), Handled: result.Events, Command: s.replay().Command(),
		First: int(r.recorder.First()), Count: c.count, Shown: result.Event,
		Kinds: kindNames(), Places: c.places.names, Whats: c.whats.names, History: len(r.picture.Operations) > 0,
	}
	r.showViolation()
	r.collectWitness()
}

// kindNames lists the kinds of events by number.
func kindNames() (names []string) {
	for k := trace.Kind(0); k == 0 || k.String() != "unknown"; k++ {
		names = append(names, k.String())
	}
	return names
}

// steps are the kinds of events that enter a node. Everything else that happens
// at a node happens within one of them.
var steps = []trace.Kind{trace.Start, trace.Receive, trace.Timer, trace.Complete, trace.Durable, trace.Step}

// stepOf returns the event within which an event happened, or 0.
func (r *run) stepOf(e trace.Event) trace.ID {
	for ok := true; ok; e, ok = r.recorder.Event(e.Prev) {
		if slices.Contains(steps, e.Kind) {
			return e.ID
		}
	}
	return 0
}
