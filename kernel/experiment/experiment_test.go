package experiment_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// readToyPlan knows the two faults of toys.
func readToyPlan(text string) error {
	for n, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" && l != "panic" && !strings.HasPrefix(l, "break ") {
			return fmt.Errorf("line %d: %q is no fault of a toy", n+1, l)
		}
	}
	return nil
}

// toy fails when its plan holds the faults "break 3" and "break 11" and at least
// 5 operations are made. Every fourth seed draws such a plan.
func toy() *experiment.Experiment {
	e := &experiment.Experiment{
		System: "toy", Name: "fragile", Question: "Does it hold?",
		Params: []experiment.Param{
			{Name: "ops", Kind: experiment.Int, Shrink: true},
			{Name: "duration", Kind: experiment.Duration, Shrink: true},
			{Name: "engine", Kind: experiment.Text},
		},
		Sometimes: []string{"broken", "never seen"}, Enough: 8,
		ReadPlan: readToyPlan,
	}
	e.Run = func(seed uint64, o experiment.Options) (r experiment.Result) {
		s := o.Settings()
		ops := s.Int("ops", 100)
		s.Duration("duration", 20*time.Second)
		r.Plan = toyPlan(seed, o)
		o.Drawn(r.Plan, s.Used())
		r.Params, r.Hash, r.Verdict = s.Used(), seed*7, check.OK
		var m experiment.Marks
		if strings.Contains(r.Plan, "break 3\n") && strings.Contains(r.Plan, "break 11\n") && ops >= 5 {
			r.Verdict, r.Violation = check.Violation, "it broke"
		}
		m.Sometimes("broken", r.Verdict == check.Violation)
		r.Marks = m.Names()
		if strings.Contains(r.Plan, "panic") {
			panic("invariant I7 broken")
		}
		return r
	}
	return e
}

func toyPlan(seed uint64, o experiment.Options) string {
	if o.Plan != nil {
		return *o.Plan + "\n"
	}
	var b strings.Builder
	for i := range 20 {
		if i != 11 || seed%4 == 0 {
			fmt.Fprintf(&b, "break %d\n", i)
		}
	}
	return b.String()
}

func campaign(e *experiment.Experiment, from, to uint64) experiment.Campaign {
	return experiment.Campaign{Experiments: []*experiment.Experiment{e}, From: from, To: to}
}

func TestACampaignFindsTheLeastSeedAndShrinksIt(t *testing.T) {
	c := campaign(toy(), 1, 1000)
	c.Workers, c.Shrink = 8, 500
	r := c.Run(context.Background())
	if r.Verdict() != check.Violation {
		t.Fatal(r.String())
	}
	f := r.Tallies[0].Findings[0]
	if f.Seed != 4 {
		t.Errorf("found seed %d, the first that fails is 4", f.Seed)
	}
	want := experiment.Replay{Experiment: "toy/fragile", Seed: 4,
		Params: map[string]string{"ops": "5", "duration": "1ms"}, Plan: ptr("break 3\nbreak 11")}
	if !reflect.DeepEqual(f.Shrunk.Replay, want) {
		t.Errorf("shrunk to\n%vwant\n%v", f.Shrunk.Replay, want)
	}
	if f.Shrunk.FaultsBefore != 20 || f.Shrunk.Faults != 2 {
		t.Errorf("%d to %d faults", f.Shrunk.FaultsBefore, f.Shrunk.Faults)
	}
	for _, part := range []string{"seed 4: it broke", "parley check toy/fragile --seeds 4..4", "break 11"} {
		if !strings.Contains(r.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, r.String())
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestAStateThatNoRunReachedKeepsACampaignFromPassing(t *testing.T) {
	e := toy()
	r := campaign(e, 1, 3).Run(context.Background())
	if r.Verdict() != check.OK {
		t.Errorf("three seeds are not enough to expect all states: %s", r.String())
	}
	quiet := experiment.Options{Plan: new(string)}
	c := campaign(e, 1, 8)
	c.Options = quiet
	if r = c.Run(context.Background()); r.Verdict() != check.Unknown || len(r.Tallies[0].Missing) != 2 {
		t.Errorf("missing %v: %s", r.Tallies[0].Missing, r.String())
	}
}

func TestRunsThatDifferThroughTheCodecAreViolations(t *testing.T) {
	e := toy()
	plain := e.Run
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		r := plain(seed, o)
		if o.Codec {
			r.Hash++
		}
		return r
	}
	r := experiment.Twice(e, 1, experiment.Options{})
	if r.Verdict != check.Violation || !strings.Contains(r.Violation, "not deterministic") {
		t.Errorf("%v %s", r.Verdict, r.Violation)
	}
}

// A plan that cannot be read is refused before a run begins, and in a run it is no
// pass.
func TestAPlanThatCannotBeReadIsRefused(t *testing.T) {
	plain := toy()
	plain.ReadPlan = nil
	for _, test := range []struct {
		e         *experiment.Experiment
		plan, why string
	}{
		{toy(), "break 1\nbrake 2", `line 2: "brake 2"`},
		{plain, "at 1s crash a\n\nat 2s crush a", `experiment toy/fragile: plan: line 3, column 7: "crush"`},
	} {
		o := experiment.Options{Plan: &test.plan}
		if err := test.e.Check(o); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %v", test.plan, err)
		}
		if r := experiment.Once(test.e, 1, o); r.Verdict != check.Unknown || !strings.Contains(r.Violation, test.why) {
			t.Errorf("%s: %v %s", test.plan, r.Verdict, r.Violation)
		}
	}
}

func TestAPanicIsAViolationThatCanBeShrunk(t *testing.T) {
	e := toy()
	plan := "break 1\npanic\nbreak 2"
	r := experiment.Once(e, 1, experiment.Options{Plan: &plan})
	if r.Verdict != check.Violation || !strings.Contains(r.Violation, "invariant I7 broken") ||
		!strings.Contains(r.Violation, "experiment_test.go:") || strings.Contains(r.Violation, "0x") {
		t.Fatalf("%v %s", r.Verdict, r.Violation)
	}
	s := experiment.Shrink(context.Background(), e, 1, experiment.Options{Plan: &plan}, r, experiment.Effort{Runs: 100})
	if *s.Replay.Plan != "panic" {
		t.Errorf("shrunk to %v", s.Replay)
	}
}

// stubborn fails at once with its drawn plan; every smaller run hangs until its
// context ends, or for ever.
func stubborn(notices bool) *experiment.Experiment {
	e := toy()
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		if o.Plan == nil {
			return experiment.Result{Verdict: check.Violation, Violation: "it broke", Plan: "break 1\nbreak 2"}
		}
		if !notices {
			select {}
		}
		<-o.Context.Done()
		return experiment.Result{Violation: "ended"}
	}
	return e
}

func TestShrinkingEndsWithItsTimeAndWithTheCallersPatience(t *testing.T) {
	for _, notices := range []bool{true, false} {
		e := stubborn(notices)
		failed := experiment.Once(e, 1, experiment.Options{})
		s := experiment.Shrink(context.Background(), e, 1, experiment.Options{}, failed, experiment.Effort{Runs: 9, Time: time.Millisecond})
		if s.Stopped != "out of time" || *s.Replay.Plan != failed.Plan || s.Result.Violation != "it broke" {
			t.Errorf("notices %v: %+v", notices, s)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Millisecond, cancel)
		if s = experiment.Shrink(ctx, e, 1, experiment.Options{}, failed, experiment.Effort{Runs: 9}); s.Stopped != "interrupted" {
			t.Errorf("notices %v: %+v", notices, s)
		}
	}
	e := toy()
	failed := experiment.Once(e, 4, experiment.Options{})
	if s := experiment.Shrink(context.Background(), e, 4, experiment.Options{}, failed, experiment.Effort{Runs: 3}); s.Stopped != "out of runs" {
		t.Errorf("%+v", s)
	}
}

func TestAFindingThatWasNotShrunkSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := campaign(stubborn(true), 1, 9)
	c.Shrink, c.Workers = 9, 1
	c.Progress = func(experiment.Progress) { cancel() }
	r := c.Run(ctx)
	if r.Verdict() != check.Violation || !strings.Contains(r.String(), "not shrunk, interrupted") {
		t.Error(r.String())
	}
}

func TestACampaignWithoutRunsDoesNotPass(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := campaign(toy(), 1, 9).Run(ctx); r.Verdict() != check.Unknown || !r.Cut {
		t.Error(r.String())
	}
	if r := campaign(toy(), 5, 4).Run(context.Background()); r.Verdict() != check.Unknown {
		t.Error(r.String())
	}
	if r := (experiment.Campaign{From: 1, To: 2}).Run(context.Background()); r.Verdict() != check.Unknown {
		t.Error(r.String())
	}
}

func TestBadParametersAreRefusedByName(t *testing.T) {
	for name, value := range map[string]string{"speed": "9", "ops": "many", "duration": "5"} {
		err := toy().Check(experiment.Options{Params: map[string]string{name: value}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
		if r := experiment.Once(toy(), 1, experiment.Options{Params: map[string]string{name: value}}); r.Verdict != check.Unknown {
			t.Errorf("%s=%s ran: %v", name, value, r)
		}
	}
}

func TestReplaysReadBack(t *testing.T) {
	for _, r := range []experiment.Replay{
		{Experiment: "raft/elections", Seed: 17},
		{Experiment: "raft/elections", Seed: 1, Plan: new(string)},
		{Experiment: "a/b", Seed: 18446744073709551615, Params: map[string]string{"x": "1", "duration": "5s"},
			Plan: ptr("at 2s crash a; restart after 500ms\nloss 0.1\n")},
	} {
		back, err := experiment.ParseReplay("# a comment\n\n" + r.String())
		if err != nil || back.String() != r.String() || (back.Plan == nil) != (r.Plan == nil) {
			t.Errorf("%v\n%s\n%s", err, r, back)
		}
	}
	for _, bad := range []string{"", "seed 1", "experiment a/b", "experiment a/b\nseed x", "experiment a/b\nseed 1\nset y", "hm"} {
		if _, err := experiment.ParseReplay(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParseReplay(f *testing.F) {
	f.Add("experiment a/b\nseed 1\nset x 1\nplan\n  at 1s crash a\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := experiment.ParseReplay(text)
		if err != nil {
			return
		}
		if back, err := experiment.ParseReplay(r.String()); err != nil || back.String() != r.String() {
			t.Fatalf("%v: %q became %q", err, r.String(), back.String())
		}
	})
}

func TestSelectFindsSystemsAndExperiments(t *testing.T) {
	experiment.Register(toy())
	for _, name := range []string{"toy", "toy/fragile"} {
		if found, err := experiment.Select(name); err != nil || len(found) != 1 {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	if _, err := experiment.Select("tyo"); err == nil || !strings.Contains(err.Error(), "there are toy") {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the same name was registered twice")
		}
	}()
	experiment.Register(toy())
}

func TestProgressCountsEveryRun(t *testing.T) {
	c := campaign(toy(), 1, 3)
	var seen []string
	c.Progress = func(p experiment.Progress) {
		seen = append(seen, strconv.Itoa(int(p.Done))+"/"+strconv.Itoa(int(p.Total)))
	}
	c.Run(context.Background())
	if strings.Join(seen, " ") != "1/3 2/3 3/3" {
		t.Error(seen)
	}
}

// What the end of the caller's time cut short is neither a violation, although
// its two runs differ, nor a run.
func TestRunsThatAreCutShortDoNotCount(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := toy()
	plain := e.Run
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		if seed == 3 && o.Codec {
			cancel()
			return experiment.Result{Violation: "the caller ended the run"}
		}
		return plain(seed, o)
	}
	c := campaign(e, 1, 9)
	c.Workers = 1
	r := c.Run(ctx)
	if r.Tallies[0].Runs != 2 || r.Verdict() != check.OK || !r.Cut {
		t.Error(r.String())
	}
}

// restless sets its timer for ever.
type restless struct{ timer node.Timer }

func (r *restless) Start(env node.Env) {
	r.timer = env.Timer(func() { r.timer.Reset(time.Microsecond) })
	r.timer.Reset(0)
}

func (r *restless) Receive(node.Addr, node.Message) {}

func TestARunThatNeverEndsHasNoVerdictAndSaysWhy(t *testing.T) {
	runs := 0
	e := &experiment.Experiment{System: "toy", Name: "restless", Question: "Does it end?", Events: 20_000}
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		runs++
		o.Drawn("break 1", nil)
		c := sim.Config{Seed: seed}
		o.World(&c)
		w := sim.New(c)
		defer w.Close()
		w.Host("a").Serve("s", func() node.Node { return &restless{} })
		return experiment.Result{Violation: fmt.Sprint(w.Converge(func() error { return errors.New("never") }, 1000*time.Hour))}
	}
	r := experiment.Twice(e, 1, experiment.Options{})
	if r.Verdict != check.Unknown || !strings.Contains(r.Violation, "too many events") || r.Plan != "break 1" || runs != 1 {
		t.Errorf("after %d runs: %v: %s, plan %q", runs, r.Verdict, r.Violation, r.Plan)
	}
	if report := campaign(e, 1, 3).Run(context.Background()); report.Verdict() != check.Unknown {
		t.Errorf("a campaign of them passes: %s", report.String())
	}
}
