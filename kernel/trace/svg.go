package trace

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"iter"
)

// Measures of the picture, in pixels.
const (
	svgColumn = 220
	svgRow    = 22
	svgTop    = 40
	svgLeft   = 110
)

const svgStyle = `text{font:12px sans-serif;fill:#222}.t{fill:#777;text-anchor:end}.h{font-weight:bold}` +
	`.l{stroke:#bbb}.m{stroke:#36c;marker-end:url(#a)}.d{stroke:#c33;stroke-dasharray:4 3}` +
	`.x{fill:#c33}.n{fill:#36c}.v{fill:#c33;font-weight:bold}`

// SVG writes the Lamport diagram as a picture. Messages run from the row of
// their sending to that of their arrival.
func SVG(w io.Writer, events iter.Seq[Event]) error {
	b := bufio.NewWriter(w)
	sent := map[ID]int{} // the row at which a message was sent
	rows := 0
	d := layout(func(yield func(Event) bool) {
		for e := range events {
			if e.Kind == Send {
				sent[e.ID] = rows
			} else if e.Kind != Append && e.Kind != Durable {
				rows++
			}
			if !yield(e) {
				return
			}
		}
	})
	d.svgFrame(b)
	for i := range d.rows {
		d.svgEvent(b, i, sent)
	}
	fmt.Fprintln(b, "</svg>")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("trace: write SVG: %w", err)
	}
	return nil
}

func svgX(column int) int { return svgLeft + column*svgColumn + 20 }
func svgY(row int) int    { return svgTop + row*svgRow + 20 }

func (d *diagram) svgFrame(b *bufio.Writer) {
	width, height := svgX(len(d.columns)), svgY(len(d.rows))
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<style>%s</style>\n",
		width, height, width, height, svgStyle)
	fmt.Fprintln(b, `<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#36c"/></marker></defs>`)
	for i, c := range d.columns {
		fmt.Fprintf(b, "<text class=\"h\" x=\"%d\" y=\"24\">%s</text><line class=\"l\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
			svgX(i), html.EscapeString(string(c)), svgX(i), svgTop, svgX(i), height)
	}
}

func (d *diagram) svgEvent(b *bufio.Writer, row int, sent map[ID]int) {
	e, y := &d.rows[row], svgY(row)
	fmt.Fprintf(b, "<text class=\"t\" x=\"%d\" y=\"%d\">%s</text>", svgLeft-10, y+4, clock(e.At))
	class := map[Kind]string{Crash: "x", Halt: "x", Fault: "v", Violation: "v"}[e.Kind]
	if class == "" {
		class = "n"
	}
	if from, to, ok := d.arrow(e); ok {
		line := "m"
		if e.Kind == Drop {
			line = "d"
		}
		start, known := sent[e.Cause]
		if !known {
			start = row
		}
		fmt.Fprintf(b, "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", line, svgX(from), svgY(start), svgX(to), y)
	}
	for _, c := range d.spans(e) {
		fmt.Fprintf(b, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"4\"/>", class, svgX(c), y)
	}
	x := svgLeft
	if columns := d.spans(e); len(columns) > 0 {
		x = svgX(columns[0]) + 8
	}
	text := e.What
	if e.Kind != Receive {
		text = e.Kind.String() + " " + summary(e, e.Kind == Note || e.Kind == Violation)
	}
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\">%s</text><title>%s</title>\n",
		x, y-4, html.EscapeString(cut(text, 60)), html.EscapeString(fmt.Sprintf("#%d %s", e.ID, summary(e, true))))
}
