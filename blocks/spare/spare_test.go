package spare_test

import (
	"testing"

	"github.com/parleysystems/parley/blocks/spare"
)

func TestWhatWasGivenIsTakenOnce(t *testing.T) {
	var p spare.Pile[string]
	for _, s := range []string{"a", "b", "too many"} {
		p.Give(s, 2)
	}
	for _, want := range []string{"b", "a", ""} {
		if got := p.Take(); got != want {
			t.Errorf("%q was taken, want %q", got, want)
		}
	}
}

func TestOnlyWhatIsMissingIsMade(t *testing.T) {
	var m spare.Made[int]
	first, second := m.Take(), m.Take()
	if first == second {
		t.Fatal("one thing was taken twice")
	}
	m.Give(first, 8)
	if allocated := testing.AllocsPerRun(100, func() { m.Give(m.Take(), 8) }); allocated > 0 {
		t.Errorf("%v allocations to give and take", allocated)
	}
	if m.Take() != first || m.Len() > 0 {
		t.Error("what was given was not taken")
	}
}
