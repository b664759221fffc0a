package sim_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

const everyFault = `
# every kind of line
at 1.2s for 3s partition halves a,b | c,d,e
at 1.2s for 3s partition bridge a,b | c | d,e
at 1s partition ring a,b,c,d
at 0s for 1s partition isolate a
from 1s to 2s partition one-way a,b -> *
at 2s crash a; restart after 500ms
at 2s crash *
at 4s power-loss; restart after 1s
at 5s restart a,b
at 5s for 200ms pause a
from 0s to 10s loss 0.1 links *
loss 0.25 links a->b,c
at 0s lose 1,4..9,12 links a -> b
duplicate 0.1 links * -> b
reorder 1 links *
delay 5ms links *
delay 1ms..5ms links *
delay 5ms+-1ms links *
delay 1ms~2s links *
bandwidth 100000 queue 5000 links a -> *
bandwidth 100000 links *
at 3s step clock b +1h
at 3s for 2s step clock b,c -1h
drift clock * +200ppm
drift clock a -200ppm
disk c fsync 60ms
disk c fsync 100µs..60ms
at 1s disk c full 1000
at 1s for 1s disk * fail-sync
at 1s disk a rot
at 1s disk a wipe
on write of b with 0.05 crash; restart after 1s
from 1s to 5s on fsync of * crash
on send of a with 0.001 crash it
on send raft.Vote of * with 0.5 pause it
on note "became leader" of a,b with 0.1 for 1s partition isolate it
on note of a for 1s loss 0.5 links it -> *
`

func TestPlanIsReadAndPrintedAndReadTheSame(t *testing.T) {
	plan, err := sim.Parse(everyFault)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(strings.TrimSpace(everyFault), "\n"); len(plan) != want {
		t.Fatalf("%d faults of %d lines", len(plan), want)
	}
	again, err := sim.Parse(plan.String())
	if err != nil {
		t.Fatalf("what was printed cannot be read: %v\n%s", err, plan)
	}
	if again.String() != plan.String() {
		t.Fatalf("printed again:\n%s\nwant:\n%s", again, plan)
	}
	w := sim.New(sim.Config{})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.Host(name)
	}
	if err := w.Apply(again); err != nil {
		t.Fatal(err)
	}
}

func TestPlanErrorsSayWhere(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		reason       string
	}{
		{"\nat 1s crush a", 2, 7, `"crush" is not an action`},
		{"at 1x crash a", 1, 4, `"1x" is not a duration`},
		{"at 1s crash", 1, 12, "hosts: * or names with commas is missing"},
		{"at 1s for 2s crash a", 1, 14, `"crash" happens at one moment and cannot last`},
		{"from 2s to 1s pause a", 1, 12, "ends before it begins"},
		{"loss 1.5 links *", 1, 6, "not a probability"},
		{"lose 0 links *", 1, 6, "not a number of a message"},
		{"lose 4..2 links *", 1, 6, "not a number of a message"},
		{"lose 1..3,4 links *", 1, 6, "does not stand apart"},
		{"loss NaN links *", 1, 6, "not a probability"},
		{"loss 0.5 links a", 1, 17, `"->" is missing`},
		{"at 1s crash it", 1, 7, `"it" has a meaning only behind a trigger`},
		{"at 1s on write of a crash", 1, 1, "armed"},
		{"on boredom of a crash", 1, 4, `"boredom" is not a moment`},
		{`on note "x of a crash`, 1, 9, "does not end"},
		{"partition halves a", 1, 19, `"|" is missing`},
		{"partition halves * | a", 1, 18, "needs the names"},
		{"at 1s crash a b", 1, 15, `"b" is too much`},
		{"step clock a 1h", 1, 14, "with its sign"},
		{"drift clock a +9000000ppm", 1, 15, "not a rate"},
		{"disk a explode", 1, 8, "not a harm"},
	} {
		_, err := sim.Parse(c.text)
		var syntax *sim.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if syntax.Line != c.line || syntax.Column != c.column || !strings.Contains(syntax.Reason, c.reason) {
			t.Errorf("%q: got %v, want %d:%d %s", c.text, err, c.line, c.column, c.reason)
		}
	}
}

func TestApplyRefusesHostsThatDoNotExist(t *testing.T) {
	w := sim.New(sim.Config{})
	w.Host("a")
	plan, err := sim.Parse("at 1s crash a\non write of b crash")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(plan); err == nil || !strings.Contains(err.Error(), `no host "b"`) {
		t.Fatal(err)
	}
	w.Run(2e9)
	if !w.Host("a").Up() {
		t.Fatal("part of a refused plan was applied")
	}
}

// FuzzApply runs whatever can be read: no plan breaks the simulator, and every
// world can be healed unless its disks were damaged.
func FuzzApply(f *testing.F) {
	for _, line := range strings.Split(everyFault, "\n") {
		f.Add(line+"\nloss 0.1 links *", uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		plan, err := sim.Parse(text)
		if err != nil || len(plan) > 100 {
			return
		}
		w := sim.New(sim.Config{Seed: seed})
		defer w.Close()
		for _, name := range []string{"b", "c", "d", "e"} {
			w.Host(name)
		}
		b := serve(w, "b", nil, echo)
		a := w.Host("a").Serve("x", func() node.Node { return &counter{witness: b, send: node.Env.Send} })
		if w.Apply(plan) != nil {
			return
		}
		w.Run(200 * ms)
		w.Heal()
		before := heard(w, b)
		err = w.Converge(func() error {
			if w.Node(a) == nil || heard(w, b) <= before {
				return errors.New("b hears nothing")
			}
			return nil
		}, time.Hour*24*366)
		if err != nil && !strings.Contains(text, "rot") {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, line := range strings.Split(everyFault, "\n") {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := sim.Parse(text)
		if err != nil {
			return
		}
		printed := plan.String()
		again, err := sim.Parse(printed)
		if err != nil {
			t.Fatalf("%q was read and printed as %q: %v", text, printed, err)
		}
		if again.String() != printed {
			t.Fatalf("%q: printed as %q, then as %q", text, printed, again)
		}
	})
}
