package ntp

import (
	"cmp"
	"slices"
	"time"
)

// candidate is a server that is fit, as the selection sees it.
type candidate struct {
	a        *association
	offset   float64
	distance float64 // root distance: the true offset lies this close to offset
}

func (d *Daemon) candidates(now time.Duration) (all []candidate) {
	for _, a := range d.associations {
		if d.fit(a, now) {
			all = append(all, candidate{a, a.now.Offset, a.distance(now)})
		}
	}
	return all
}

// endpoint is an end of a correctness interval, or its middle.
type endpoint struct {
	at   float64
	kind int // +1 lower end, 0 middle, -1 upper end
}

// truechimers returns the candidates that a majority agrees with: the selection
// algorithm (section 11.2.1). It looks for the smallest number of falsetickers,
// less than half, such that all others' intervals share an intersection and no
// more than that many middles lie outside it. Without such a number it returns
// none: no majority agrees.
func truechimers(all []candidate) (survivors []candidate) {
	var ends []endpoint
	for _, c := range all {
		ends = append(ends, endpoint{c.offset - c.distance, +1}, endpoint{c.offset, 0}, endpoint{c.offset + c.distance, -1})
	}
	slices.SortStableFunc(ends, func(a, b endpoint) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.kind, a.kind)) })
	for falsetickers := 0; 2*falsetickers < len(all); falsetickers++ {
		low, below := bound(ends, len(all)-falsetickers, +1)
		slices.Reverse(ends)
		high, above := bound(ends, len(all)-falsetickers, -1)
		slices.Reverse(ends)
		if below+above > falsetickers || low >= high {
			continue
		}
		for _, c := range all {
			if low <= c.offset && c.offset <= high {
				survivors = append(survivors, c)
			}
		}
		return survivors
	}
	return nil
}

// bound goes through the ends until enough intervals are open at once, and
// returns where that is and how many middles it passed. entering is the kind of
// end at which, going this way, an interval opens.
func bound(ends []endpoint, enough, entering int) (at float64, middles int) {
	open := 0
	for _, e := range ends {
		if open += e.kind * entering; open >= enough {
			return e.at, middles
		}
		if e.kind == 0 {
			middles++
		}
	}
	return 0, len(ends) // never so many
}
