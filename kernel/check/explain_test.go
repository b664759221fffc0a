package check_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/checktest"
)

// The explanation names the first answer that cannot be placed, and not the
// hundreds of operations around it.
func TestAViolationIsExplainedByItsFirstImpossibleAnswer(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "1 %d..%d write x v%d -> ok\n", 10*i, 10*i+5, i)
		fmt.Fprintf(&text, "2 %d..%d read x -> v%d\n", 10*i+6, 10*i+8, i-i/50*10)
	}
	j := check.Linearizable(check.Register(), checktest.Parse(text.String()), check.Options{})
	if j.Verdict != check.Violation {
		t.Fatal(j)
	}
	why := strings.Split(j.Why, "\n")
	last := why[len(why)-1]
	if !strings.Contains(last, "#101 ") || !strings.Contains(last, "read x -> v40") {
		t.Errorf("the culprit is #101, the read of v40, not\n%s", j.Why)
	}
	if len(why) > 12 {
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
	j := check.Linearizable(check.Register(), checktest.Parse(text.String()), check.Options{Timeout: 20 * time.Millisecond})
	if j.Verdict != check.Unknown || !strings.Contains(j.Why, "no decision within 20ms") {
		t.Error(j)
	}
	if check.OK.And(check.Unknown) != check.Unknown || check.Unknown.And(check.Violation) != check.Violation || check.OK.And(check.OK) != check.OK {
		t.Error("an unknown verdict passed")
	}
}

func TestVisualizeWritesThePage(t *testing.T) {
	var page bytes.Buffer
	h := checktest.Parse(corpus[2].history)
	if err := check.Visualize(&page, check.Register(), h, check.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "write x a") {
		t.Error("the page does not show the operations")
	}
	if err := check.Visualize(refuse{}, check.Register(), h, check.Options{}); err == nil {
		t.Error("a failed write was not reported")
	}
}

type refuse struct{}

func (refuse) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }
