package experiment

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
)

// delivery is a message that arrived: the n-th of its link.
type delivery struct {
	from, to string // hosts
	n        uint64
}

// dropDeliveries loses the messages that the violation does not need, in halves
// at first and then in ever smaller parts, as long as the run gets shorter by
// it. What is left of the traffic is what the violation is made of. The lost
// ones become lines of the plan ("lose 3,5..9 links a -> b"); their numbers are
// those of the smaller run.
func (s *shrinker) dropDeliveries() (smaller bool) {
	kind := violationKind(s.result.Violation)
	s.traced = true
	if !s.fails(s.faults, s.replay.Params) {
		return false
	}
	all := arrived(s.trace)
	s.arrivedBefore, s.arrives = max(s.arrivedBefore, len(all)), len(all)
	for size := (len(all) + 1) / 2; size >= 1; size /= 2 {
		for from := 0; from < len(all) && !s.denied; {
			if !s.loses(all[from:min(from+size, len(all))], kind) {
				from += size
				continue
			}
			// Numbers behind the lost ones mean other messages now.
			all, smaller = arrived(s.trace), true
			s.arrives = len(all)
		}
	}
	return smaller
}

// loses tries the run without some messages more.
func (s *shrinker) loses(part []delivery, kind string) bool {
	before := *s
	s.lost = append(slices.Clone(s.lost), part...)
	if s.fails(s.faults, s.replay.Params) && violationKind(s.result.Violation) == kind {
		if n := len(arrived(s.trace)); n > 0 && n < s.arrives {
			return true
		}
	}
	runs, denied := s.runs, s.denied
	*s = before
	s.runs, s.denied = runs, denied
	return false
}

// arrived returns the messages between hosts that arrived before the violation,
// in order; nil if the run is too long to be sure of their numbers.
func arrived(r *trace.Recorder) (all []delivery) {
	if r.First() > 1 {
		return nil
	}
	for _, d := range arrivals(r) {
		all = append(all, d)
	}
	return all
}

// arrivals goes through the messages between hosts that arrive, by the event.
func arrivals(r *trace.Recorder) iter.Seq2[trace.ID, delivery] {
	return func(yield func(trace.ID, delivery) bool) {
		sent := map[[2]string]uint64{}
		of := map[trace.ID]delivery{}
		for e := range r.Events() {
			from, to := e.Place.Host(), e.Peer.Host()
			if e.Kind == trace.Send && from != to {
				sent[[2]string{from, to}]++
				of[e.ID] = delivery{from, to, sent[[2]string{from, to}]}
			}
			if d, known := of[e.Cause]; known && e.Kind == trace.Receive && !yield(e.ID, d) {
				return
			}
		}
	}
}

// lostLines returns the lines of a plan that lose messages, link by link.
func lostLines(lost []delivery) []string {
	links := map[[2]string][]uint64{}
	for _, d := range lost {
		link := [2]string{d.from, d.to}
		links[link] = append(links[link], d.n)
	}
	var out []string
	for _, link := range slices.SortedFunc(maps.Keys(links), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		out = append(out, fmt.Sprintf(fromBeginning+"%s links %s -> %s", sim.NumbersOf(links[link]), link[0], link[1]))
	}
	return out
}

// violationKind is what sort of thing was broken: the words before the first
// colon. A run that is broken in another way, such as by not getting anywhere
// without its messages, is no smaller form.
func violationKind(violation string) string {
	kind, _, _ := strings.Cut(violation, ":")
	return kind
}
