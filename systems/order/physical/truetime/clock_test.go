package truetime

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/order/physical"
)

// TestUntilIsWhenTheTimeHasPassed: not a moment too early, and no more than a few
// nanoseconds too late.
func TestUntilIsWhenTheTimeHasPassed(t *testing.T) {
	birth := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string, most time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, name))
		}
		c := clock{at: span("at", time.Hour), known: physical.Around(birth, span("half", time.Minute)), valid: true}
		drift := span("drift", 10*time.Millisecond)
		now := c.at + span("since", time.Hour)
		wanted := birth.Add(span("wanted", 2*time.Hour) - time.Minute)
		d := c.until(wanted, now, drift)
		if then := c.now(now+d, drift); !then.Earliest.After(wanted) {
			t.Fatalf("after %v it is %v at the earliest, want later than %v", d, then.Earliest, wanted)
		}
		const rounding = 10 * time.Nanosecond
		if d > rounding && c.now(now+d-rounding, drift).Earliest.After(wanted) {
			t.Fatalf("%v is %v too long", d, rounding)
		}
	})
}
