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

// endpoint is an end of a correctness interval.
type endpoint struct {
	at   float64
	kind int // +1 lower end, -1 upper end
}

// truechimers returns the candidates that a majority agrees with: the selection
// algorithm (section 11.2.1). It looks for the smallest number of falsetickers,
// less than half, such that the others' intervals have a time in common, and keeps
// whose interval reaches what they have in common. Without such a number it returns
// none: no majority agrees.
//
// The RFC also wants most middles to lie there, and this does not. If all tell the
// truth, their intervals have the true time in common, however far apart the
// middles are: three neighbours that are 20 ms off, and say that they are within
// 35, take nothing away from two references that are within 15. With the middles
// counted, nobody would be followed.
func truechimers(all []candidate) (survivors []candidate) {
	var ends []endpoint
	for _, c := range all {
		ends = append(ends, endpoint{c.offset - c.distance, +1}, endpoint{c.offset + c.distance, -1})
	}
	slices.SortStableFunc(ends, func(a, b endpoint) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.kind, a.kind)) })
	for falsetickers := 0; 2*falsetickers < len(all); falsetickers++ {
		low, some := bound(ends, len(all)-falsetickers, +1)
		if !some {
			continue
		}
		slices.Reverse(ends)
		high, _ := bound(ends, len(all)-falsetickers, -1)
		for _, c := range all {
			if c.offset-c.distance <= high && low <= c.offset+c.distance {
				survivors = append(survivors, c)
			}
		}
		return survivors
	}
	return nil
}

// bound goes through the ends until enough intervals are open at once, and
// returns where that is. entering is the kind of end at which, going this way, an
// interval opens.
func bound(ends []endpoint, enough, entering int) (at float64, some bool) {
	open := 0
	for _, e := range ends {
		if open += e.kind * entering; open >= enough {
			return e.at, true
		}
	}
	return 0, false
}
