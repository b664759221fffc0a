package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
)

// drawn records two writes that overlap and two reads, of which the second may
// answer anything.
func drawn(second string) check.Picture {
	now := time.Duration(0)
	r := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { now++; return now })
	write := func(v string) int { return r.Invoke(0, workload.Request{Verb: workload.Write, Key: "x", Value: v}) }
	read := func(v string) {
		id := r.Invoke(2, workload.Request{Verb: workload.Read, Key: "x"})
		r.OK(id, workload.Response{Value: v})
	}
	one, two := write("one"), write("two")
	r.OK(one, workload.Response{Done: true})
	r.OK(two, workload.Response{Done: true})
	read("one")
	read(second)
	return check.Draw(check.Register(), r.History(), check.Options{})
}

func TestAPictureShowsTheOrderFound(t *testing.T) {
	o := drawn("one").Objects[0]
	if o.Verdict != check.OK || !slices.Equal(o.Order, []int{1, 0, 2, 3}) || o.Stuck != -1 {
		t.Fatalf("%+v", o)
	}
	if !slices.Equal(o.States, []string{`"two"`, `"one"`, `"one"`, `"one"`}) {
		t.Errorf("states %v", o.States)
	}
}

func TestAPictureShowsWhereNoOrderExists(t *testing.T) {
	o := drawn("two").Objects[0]
	if o.Verdict != check.Violation || o.Stuck != 3 || !slices.Equal(o.Order, []int{1, 0, 2}) {
		t.Fatalf("%+v", o)
	}
	if want := []int{1, 2, 3}; !slices.Equal(o.Witness, want) || !strings.Contains(o.Reason, "#1 (") || !strings.Contains(o.Reason, "before #3 was called") {
		t.Errorf("the witness is %v, want %v: %s", o.Witness, want, o.Reason)
	}
}

func TestAnAnswerThatNobodyWroteHasNoStateThatItFits(t *testing.T) {
	o := drawn("three").Objects[0]
	if o.Stuck != 3 || !strings.Contains(o.Reason, "No state") || o.Witness[len(o.Witness)-1] != 3 {
		t.Errorf("the witness is %v: %s", o.Witness, o.Reason)
	}
}
