package check

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

// The explanation names the first answer that cannot be placed, and not the
// hundreds of operations around it.
func TestAViolationIsExplainedByItsFirstImpossibleAnswer(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "1 %d..%d write x v%d -> ok\n", 10*i, 10*i+5, i)
		fmt.Fprintf(&text, "2 %d..%d read x -> v%d\n", 10*i+6, 10*i+8, i-i/50*10)
	}
	j := Linearizable(Register(), parse(text.String()), Options{})
	if j.Verdict != Violation {
		t.Fatal(j)
	}
	why := strings.Split(j.Why, "\n")
	last := why[len(why)-1]
	if !strings.Contains(last, "#101 ") || !strings.Contains(last, "read x -> v40") {
		t.Errorf("the culprit is #101, the read of v40, not\n%s", j.Why)
	}
	if len(why) > shown+4 {
		t.Errorf("%d lines are too long to read:\n%s", len(why), j.Why)
	}
}

func TestRunningOutOfTimeIsUnknown(t *testing.T) {
	var text strings.Builder
	for i := range 24 { // all open at once, and the last read fits none
		fmt.Fprintf(&text, "%d 0..900 cas x v%d v%d -> true\n", i, (i*7)%24, (i*5+1)%24)
	}
	for i := range 24 {
		fmt.Fprintf(&text, "%d 0..900 write x v%d -> ok\n", 100+i, i)
	}
	text.WriteString("99 901..902 read x -> z\n")
	j := Linearizable(Register(), parse(text.String()), Options{Timeout: 20 * time.Millisecond})
	if j.Verdict != Unknown || !strings.Contains(j.Why, "no decision within 20ms") {
		t.Error(j)
	}
	if OK.And(Unknown) != Unknown || Unknown.And(Violation) != Violation || OK.And(OK) != OK {
		t.Error("an unknown verdict passed")
	}
}

func TestVisualizeWritesThePage(t *testing.T) {
	var page bytes.Buffer
	h := parse(corpus[2].history)
	if err := Visualize(&page, Register(), h, Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "write x a") {
		t.Error("the page does not show the operations")
	}
	if err := Visualize(refuse{}, Register(), h, Options{}); err == nil {
		t.Error("a failed write was not reported")
	}
}

type refuse struct{}

func (refuse) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

// What is left out of a search must not be able to change its verdict.
func TestUnknownOperationsAreLeftOutOnlyWhenTheySayNothing(t *testing.T) {
	h := parse(`
		1 0..1 write x a -> ?
		2 2..3 read x    -> ?
		3 4..5 read x    -> a
		4 6..7 write x b -> ?`)
	kept := telling(Register(), h)
	if len(kept) != 2 || kept[0].In.Value != "a" || kept[1].Outcome != workload.OK {
		t.Errorf("kept %v", kept)
	}
}
