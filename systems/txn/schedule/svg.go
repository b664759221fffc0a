package schedule

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
)

// Measures of the picture, in pixels.
const (
	svgLane   = 90
	svgRow    = 24
	svgMargin = 40
	svgRadius = 18
)

const svgStyle = `text{font:13px sans-serif;fill:#222;text-anchor:middle}.n{fill:#777}.l{stroke:#ccc}` +
	`.e{stroke:#36c;fill:none;marker-end:url(#a)}.c{stroke:#c33;fill:none;stroke-width:2;marker-end:url(#b)}` +
	`circle{fill:#fff;stroke:#222}@media(prefers-color-scheme:dark){text{fill:#ddd}circle{fill:#222;stroke:#ddd}.l{stroke:#555}}`

const svgArrow = `<marker id="%s" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="%s"/></marker>`

// SVG draws the schedule, a lane a transaction and time downwards, beside its
// precedence graph, in which a cycle is red.
func (r *Report) SVG(w io.Writer) error {
	d := newDrawing(r)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<style>%s</style>\n<defs>",
		d.width, d.height, d.width, d.height, svgStyle)
	fmt.Fprintf(b, svgArrow+svgArrow+"</defs>\n", "a", "#36c", "b", "#c33")
	d.lanes(b)
	d.graph(b)
	fmt.Fprintln(b, "</svg>")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("schedule: write SVG: %w", err)
	}
	return nil
}

type drawing struct {
	r             *Report
	txns          []Txn
	width, height int
	ring          float64 // radius of the circle on which the graph's nodes lie
	x, y          float64 // its centre
}

func newDrawing(r *Report) *drawing {
	d := &drawing{r: r, txns: r.Schedule.Txns()}
	d.ring = max(70, float64(len(r.Precedence.Txns))*2.5*svgRadius/math.Pi)
	lanes := 2*svgMargin + len(d.txns)*svgLane
	d.x = float64(lanes) + d.ring + svgMargin
	d.y = svgMargin + svgRadius + d.ring
	d.width = int(d.x + d.ring + 2*svgMargin)
	d.height = max(svgMargin+(len(r.Schedule)+2)*svgRow, int(d.y+d.ring)+2*svgMargin)
	return d
}

func (d *drawing) lanes(b *bufio.Writer) {
	lane := func(t Txn) int { return svgMargin + svgLane/2 + svgLane*slices.Index(d.txns, t) }
	bottom := svgMargin + len(d.r.Schedule)*svgRow + svgRow/2
	for _, t := range d.txns {
		fmt.Fprintf(b, "<line class=\"l\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">T%d</text>\n",
			lane(t), svgMargin, lane(t), bottom, lane(t), svgMargin-10, t)
	}
	for i, o := range d.r.Schedule {
		y := svgMargin + (i+1)*svgRow
		fmt.Fprintf(b, "<text class=\"n\" x=\"20\" y=\"%d\">%d</text><text x=\"%d\" y=\"%d\">%v</text>\n", y, i+1, lane(o.Txn), y, o)
	}
}

func (d *drawing) graph(b *bufio.Writer) {
	for _, e := range d.r.Precedence.Edges {
		class := "e"
		if slices.Contains(d.r.Cycle, e) {
			class = "c"
		}
		d.edge(b, e, class)
	}
	for _, t := range d.r.Precedence.Txns {
		x, y := d.at(t)
		fmt.Fprintf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/><text x=\"%.1f\" y=\"%.1f\">T%d</text>\n", x, y, svgRadius, x, y+4, t)
	}
}

// at returns the place of a node: on a circle, the first on top.
func (d *drawing) at(t Txn) (x, y float64) {
	if len(d.r.Precedence.Txns) == 1 {
		return d.x, d.y
	}
	angle := 2 * math.Pi * float64(d.r.Precedence.node(t)) / float64(len(d.r.Precedence.Txns))
	return d.x + d.ring*math.Sin(angle), d.y - d.ring*math.Cos(angle)
}

// edge draws an arc that bends to the right of its direction, so that two edges
// between the same nodes lie apart.
func (d *drawing) edge(b *bufio.Writer, e Edge, class string) {
	x1, y1 := d.at(e.First.Txn)
	x2, y2 := d.at(e.Second.Txn)
	dx, dy := x2-x1, y2-y1
	length := math.Hypot(dx, dy)
	bend := 0.15 * float64(kindOf(e.First, e.Second))
	mx, my := (x1+x2)/2-dy*bend, (y1+y2)/2+dx*bend
	cut := (svgRadius + 3) / length
	fmt.Fprintf(b, "<path class=\"%s\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\"><title>%v</title></path>\n",
		class, x1+dx*cut, y1+dy*cut, mx, my, x2-dx*cut, y2-dy*cut, e)
}
