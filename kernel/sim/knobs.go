package sim

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// Knobs draws parameters of a protocol by name, keyed by seed: one knob more
// leaves the others as they were. What was drawn is remembered for String.
type Knobs struct {
	seed  uint64
	drawn []string
}

// NewKnobs returns the knobs of a seed.
func NewKnobs(seed uint64) *Knobs { return &Knobs{seed: seed} }

func (k *Knobs) draw(name string, n uint64) uint64 {
	return draw(keyOf(k.seed, forKnob, name), n)
}

func (k *Knobs) note(name string, value any) {
	entry := fmt.Sprintf("%s=%v", name, value)
	for _, d := range k.drawn {
		if d == entry {
			return
		}
	}
	k.drawn = append(k.drawn, entry)
}

// Int draws from lo to hi, both included. Bugs live at the edges, so each end
// is drawn in one of eight cases, and else each order of magnitude (of the
// distance from lo) is equally likely.
func (k *Knobs) Int(name string, lo, hi int) int {
	n := lo
	switch span := uint64(max(hi-lo, 0)); k.draw(name, 0) % 8 {
	case 0:
	case 1:
		n = hi
	default:
		n += int(magnitude(k.draw(name, 1), k.draw(name, 2), span))
	}
	k.note(name, n)
	return n
}

// Duration draws from lo to hi; each order of magnitude is equally likely.
func (k *Knobs) Duration(name string, lo, hi time.Duration) time.Duration {
	d := time.Duration(octave(k.draw(name, 0), k.draw(name, 1), uint64(max(lo, 1)), uint64(max(hi, lo, 1))))
	k.note(name, d)
	return d
}

// octave draws from lo (at least 1) to hi: first one of the ranges between
// doublings of lo, then a number in it. In integers, so that all processors
// draw alike.
func octave(u, v, lo, hi uint64) uint64 {
	doublings := uint64(bits.Len64(hi / lo))
	low := lo << within(u, doublings)
	return low + within(v, min(2*low, hi+1)-low)
}

// magnitude draws from 0 to span, first how many bits the result has.
func magnitude(u, v, span uint64) uint64 {
	length := within(u, uint64(bits.Len64(span))+1)
	if length == 0 {
		return 0
	}
	low := uint64(1) << (length - 1)
	return min(low+within(v, low), span)
}

// Chance is true with probability p.
func (k *Knobs) Chance(name string, p float64) bool {
	yes := chance(k.draw(name, 0), p)
	k.note(name, yes)
	return yes
}

// Choose draws one of the options.
func Choose[T any](k *Knobs, name string, options ...T) T {
	chosen := options[within(k.draw(name, 0), uint64(len(options)))]
	k.note(name, chosen)
	return chosen
}

// String lists what was drawn, in order, as name=value.
func (k *Knobs) String() string { return strings.Join(k.drawn, " ") }
