package trace

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/parleysystems/parley/node"
)

// ShiVizParser is the expression to enter at bestchai.bitbucket.io/shiviz: it
// splits what ShiViz writes.
const ShiVizParser = `(?<host>\S*) (?<clock>{.*})\n(?<event>.*)`

// ShiViz writes the events with vector clocks, two lines each, in the format of
// ShiViz's default parser. Events whose ancestors are missing from the sequence
// begin with what is known.
func ShiViz(w io.Writer, events iter.Seq[Event]) error {
	buffered := bufio.NewWriter(w)
	v := vectors{place: map[node.Addr]int{}, event: map[ID][]uint64{}}
	for e := range events {
		clock := v.advance(&e)
		fmt.Fprintf(buffered, "%s %s\n%s\n", e.Place, v.render(clock), label(&e))
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("trace: write for ShiViz: %w", err)
	}
	return nil
}

func label(e *Event) string {
	return strings.TrimSpace(strings.ReplaceAll(fmt.Sprintf("%s %s", e.Kind, summary(e, true)), "\n", " "))
}

// vectors computes Fidge's and Mattern's vector clocks. A vector is indexed by
// place in the order of appearance; missing entries are zero.
type vectors struct {
	places []node.Addr
	place  map[node.Addr]int
	latest [][]uint64 // by place
	event  map[ID][]uint64
}

func (v *vectors) advance(e *Event) []uint64 {
	p, ok := v.place[e.Place]
	if !ok {
		p = len(v.places)
		v.place[e.Place] = p
		v.places, v.latest = append(v.places, e.Place), append(v.latest, nil)
	}
	cause := v.event[e.Cause]
	clock := make([]uint64, max(len(v.latest[p]), len(cause), p+1))
	copy(clock, v.latest[p])
	for i, n := range cause {
		clock[i] = max(clock[i], n)
	}
	clock[p]++
	v.latest[p], v.event[e.ID] = clock, clock
	return clock
}

func (v *vectors) render(clock []uint64) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range clock {
		if n == 0 {
			continue
		}
		if b.Len() > 1 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q: %d", v.places[i], n)
	}
	b.WriteByte('}')
	return b.String()
}
