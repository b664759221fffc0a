package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Numbers is a set of the messages of a link, by their numbers: the first that
// was ever sent on it is 1. The text form is "1,4..9".
type Numbers []Span

// Span is the numbers from First to Last.
type Span struct{ First, Last uint64 }

// NumbersOf returns the set of some numbers.
func NumbersOf(all []uint64) Numbers {
	sorted := slices.Compact(slices.Sorted(slices.Values(all)))
	var n Numbers
	for _, x := range sorted {
		if k := len(n); k > 0 && n[k-1].Last+1 == x {
			n[k-1].Last = x
		} else {
			n = append(n, Span{x, x})
		}
	}
	return n
}

// String returns the text form.
func (n Numbers) String() string {
	parts := make([]string, len(n))
	for i, s := range n {
		if parts[i] = strconv.FormatUint(s.First, 10); s.Last > s.First {
			parts[i] += ".." + strconv.FormatUint(s.Last, 10)
		}
	}
	return strings.Join(parts, ",")
}

func (n Numbers) has(x uint64) bool {
	return slices.ContainsFunc(n, func(s Span) bool { return s.First <= x && x <= s.Last })
}

// parseNumbers reads the text form. Spans must ascend, so that a set has one
// text.
func parseNumbers(text string) (Numbers, error) {
	var n Numbers
	for _, part := range strings.Split(text, ",") {
		first, last, ranged := strings.Cut(part, "..")
		if !ranged {
			last = first
		}
		a, err := strconv.ParseUint(first, 10, 63)
		b, bad := strconv.ParseUint(last, 10, 63)
		switch {
		case err != nil || bad != nil || a == 0 || b < a || ranged && a == b:
			return nil, fmt.Errorf("%q is not a number of a message or a span such as 4..9", part)
		case len(n) > 0 && a <= n[len(n)-1].Last+1:
			return nil, fmt.Errorf("%q does not stand apart from the numbers before it", part)
		}
		n = append(n, Span{a, b})
	}
	return n, nil
}
