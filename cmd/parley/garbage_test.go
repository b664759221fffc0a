package main

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
)

func TestSmallHeapsGetRoomAndLargeOnesNoMoreThanUsual(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, mostPercent}, {1 << 20, mostPercent}, {32 << 20, 300},
		{roomForGarbage, usualPercent}, {4 << 30, usualPercent}, {math.MaxUint64, usualPercent},
	} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("%d bytes alive: %d %%, want %d %%", c.live, got, c.want)
		}
	}
}

func TestWhoSetsTheCollectorIsLetBe(t *testing.T) {
	t.Setenv("GOGC", "70")
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	collectLess(context.Background()) // returns at once
	if got := debug.SetGCPercent(70); got != 70 {
		t.Errorf("GOGC is %d, was set to 70", got)
	}
}
