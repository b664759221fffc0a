package arena_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/blocks/arena"
)

// Copies stay what they were, whatever is copied, and appended to them, afterwards.
func TestCopiesLeaveEachOtherAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a arena.Arena
		var copies, wanted [][]byte
		for _, b := range rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 2*arena.Piece/3)).Draw(t, "slices") {
			c := a.Copy(b)
			_ = append(c, 0xff)
			copies, wanted = append(copies, c), append(wanted, bytes.Clone(b))
		}
		for i := range copies {
			if !bytes.Equal(copies[i], wanted[i]) {
				t.Fatalf("copy %d of %d has changed", i, len(copies))
			}
		}
	})
}

// An arena that was cleared needs no more memory for as much again.
func TestWhatWasClearedIsUsedAgain(t *testing.T) {
	var a arena.Arena
	b := make([]byte, arena.Piece/2)
	use := func() {
		for range 2 {
			a.Copy(b)
		}
		a.Clear()
	}
	for range 3 {
		use()
	}
	if n := testing.AllocsPerRun(10, use); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Strings stay what they were, whatever is copied afterwards.
func TestStringsStayWhatTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a arena.Text
		var copies, wanted []string
		for _, b := range rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 2*arena.Page/3)).Draw(t, "slices") {
			copies, wanted = append(copies, a.Copy(b)), append(wanted, string(b))
			clear(b)
		}
		for i := range copies {
			if copies[i] != wanted[i] {
				t.Fatalf("string %d of %d has changed", i, len(copies))
			}
		}
	})
}
