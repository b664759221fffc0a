package trace

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/parleysystems/parley/node"
)

// columnWidth is the width of a place's column in characters.
const columnWidth = 22

// Diagram writes a Lamport diagram in characters: a column a place, time
// downwards, a row an event. A message is drawn where it arrives or is lost:
//
//	    time  a/raft                b/raft
//	0.010000s o timer election      |
//	0.012345s |---RequestVote------>o
//	0.020000s |                     X crash
//
// Sends, appends and syncs have no row of their own.
func Diagram(w io.Writer, events iter.Seq[Event]) error {
	d := layout(events)
	buffered := bufio.NewWriter(w)
	var head strings.Builder
	for _, p := range d.columns {
		fmt.Fprintf(&head, "%-*s", columnWidth, cut(string(p), columnWidth-1))
	}
	fmt.Fprintf(buffered, "%12s %s\n", "time", strings.TrimRight(head.String(), " "))
	for i := range d.rows {
		fmt.Fprintf(buffered, "%12s %s\n", clock(d.rows[i].At), strings.TrimRight(d.row(&d.rows[i]), " "))
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("trace: write diagram: %w", err)
	}
	return nil
}

// diagram is what both pictures are drawn from.
type diagram struct {
	columns []node.Addr
	index   map[node.Addr]int
	rows    []Event
}

// layout gives nodes columns, sorted by name, and picks the events with a row.
func layout(events iter.Seq[Event]) *diagram {
	d := &diagram{index: map[node.Addr]int{}}
	for e := range events {
		if e.Kind != Send && e.Kind != Append && e.Kind != Durable {
			d.rows = append(d.rows, e)
		}
		for _, a := range []node.Addr{e.Place, e.Peer.Node()} {
			if strings.Contains(string(a), "/") && !slices.Contains(d.columns, a.Node()) {
				d.columns = append(d.columns, a.Node())
			}
		}
	}
	slices.Sort(d.columns)
	for i, c := range d.columns {
		d.index[c] = i
	}
	return d
}

// spans returns the columns that an event touches: one of a node, all of a
// host's, all for the world.
func (d *diagram) spans(e *Event) (columns []int) {
	if i, ok := d.index[e.Place.Node()]; ok {
		return []int{i}
	}
	for i, c := range d.columns {
		if e.Place == World || c.Host() == string(e.Place) {
			columns = append(columns, i)
		}
	}
	return columns
}

// arrow returns the columns between which a message is drawn.
func (d *diagram) arrow(e *Event) (from, to int, ok bool) {
	if e.Kind != Receive && e.Kind != Drop {
		return 0, 0, false
	}
	here, known := d.index[e.Place.Node()]
	there, also := d.index[e.Peer.Node()]
	if !known || !also || here == there {
		return 0, 0, false
	}
	if e.Kind == Drop { // recorded at the sender
		return here, there, true
	}
	return there, here, true
}

func (d *diagram) row(e *Event) string {
	cells := []rune(strings.Repeat("|"+strings.Repeat(" ", columnWidth-1), len(d.columns)))
	if from, to, ok := d.arrow(e); ok {
		drawArrow(cells, from, to, e)
		return string(cells)
	}
	columns := d.spans(e)
	for _, c := range columns {
		cells[c*columnWidth] = mark(e.Kind)
	}
	text := []rune(strings.TrimSpace(e.Kind.String() + " " + summary(e, e.Kind == Note || e.Kind == Violation)))
	start := 0
	if len(columns) > 0 {
		start = columns[0]*columnWidth + 2
	}
	for len(cells) < start+len(text) {
		cells = append(cells, ' ')
	}
	copy(cells[start:], text)
	return string(cells)
}

func mark(k Kind) rune {
	switch k {
	case Crash, Halt:
		return 'X'
	case Fault, Violation:
		return '!'
	}
	return 'o'
}

func drawArrow(cells []rune, from, to int, e *Event) {
	left, right := min(from, to)*columnWidth, max(from, to)*columnWidth
	for i := left + 1; i < right; i++ {
		cells[i] = '-'
	}
	name := []rune(cut(e.What, right-left-6))
	copy(cells[left+(right-left-len(name))/2:], name)
	end, head := to*columnWidth, '>'
	if to < from {
		head = '<'
	}
	if e.Kind == Drop {
		head = 'x'
	} else {
		cells[end] = 'o'
	}
	cells[end+sign(from-to)] = head
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:max(n-1, 0)]) + "…"
	}
	return s
}
