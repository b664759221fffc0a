// Package plot draws the figures of the documentation: curves and points with
// axes, as SVG that is the same for the same data, so that a figure can be checked
// in and found stale.
package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is one pair of axes with curves.
type Figure struct {
	Title string
	X, Y  Axis
	// Curves are told apart by colour, dashes and marks alike.
	Curves []Curve
	// Right puts the legend into the upper right corner.
	Right bool
	// Inches; 6 by 3.6 if zero.
	Width, Height float64
	// Room is left free above the curves, for their names: a part of their height.
	Room float64
}

// Axis says what is measured, in which unit.
type Axis struct {
	Label string
	// Log wants all values above zero.
	Log bool
	// Zero has the axis begin at zero.
	Zero bool
	// Names stand at 0, 1, 2 and so on in place of numbers.
	Names []string
}

// Curve is a row of points.
type Curve struct {
	Name   string
	Points []Point
	// Step holds a value until the next point; Dots draws no line.
	Step, Dots bool
}

// Point is one measurement. Low and High, if they differ, are its spread.
type Point struct{ X, Y, Low, High float64 }

// SVG draws the figure.
func (f Figure) SVG() ([]byte, error) {
	p := plot.New()
	p.Title.Text = f.Title
	p.Title.Padding = vg.Points(6)
	p.Legend.Top, p.Legend.Left = true, !f.Right
	p.Legend.Padding = vg.Points(2)
	f.X.apply(&p.X)
	if len(f.X.Names) > 0 { // the names leave no corner free: the legend gets room beside them
		p.Legend.Left = false
		p.X.Max += 1 + 0.15*float64(len(f.X.Names))
	}
	f.Y.apply(&p.Y)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	p.Add(grid)
	for i, c := range f.Curves {
		if err := c.add(p, i); err != nil {
			return nil, fmt.Errorf("plot: %s: curve %q: %w", f.Title, c.Name, err)
		}
	}
	if f.Y.Log {
		p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, f.Room)
	} else {
		p.Y.Max += f.Room * (p.Y.Max - p.Y.Min)
	}
	w, h := f.Width, f.Height
	if w == 0 || h == 0 {
		w, h = 6, 3.6
	}
	canvas := vgsvg.New(font.Length(w)*vg.Inch, font.Length(h)*vg.Inch)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("plot: %s: %w", f.Title, err)
	}
	return out.Bytes(), nil
}

func (a Axis) apply(to *plot.Axis) {
	to.Label.Text = a.Label
	if a.Log {
		to.Scale, to.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if a.Zero {
		to.Min = 0
	}
	if len(a.Names) > 0 {
		ticks := make([]plot.Tick, len(a.Names))
		for i, n := range a.Names {
			ticks[i] = plot.Tick{Value: float64(i), Label: n}
		}
		to.Tick.Marker = plot.ConstantTicks(ticks)
		to.Min, to.Max = -0.5, float64(len(a.Names))-0.5
	}
}

func (c Curve) add(p *plot.Plot, i int) error {
	xys := make(plotter.XYs, len(c.Points))
	spread := make(plotter.YErrors, len(c.Points))
	wide := false
	for k, q := range c.Points {
		xys[k] = plotter.XY{X: q.X, Y: q.Y}
		if q.Low != q.High {
			spread[k].Low, spread[k].High, wide = q.Y-q.Low, q.High-q.Y, true
		}
	}
	line, marks, err := plotter.NewLinePoints(xys)
	if err != nil {
		return err
	}
	of := palette[i%len(palette)]
	line.Color, line.Width, line.Dashes = of, vg.Points(1.4), dashes[i%len(dashes)]
	marks.Color, marks.Radius, marks.Shape = of, vg.Points(2.2), glyphs[i%len(glyphs)]
	if c.Step {
		line.StepStyle = plotter.PostStep
	}
	if !c.Dots {
		p.Add(line)
	}
	if c.Dots || !c.Step && len(xys) <= 60 {
		p.Add(marks)
	}
	if wide {
		bars, err := plotter.NewYErrorBars(struct {
			plotter.XYer
			plotter.YErrorer
		}{xys, spread})
		if err != nil {
			return err
		}
		bars.Color = of
		p.Add(bars)
	}
	switch {
	case c.Name == "":
	case c.Dots:
		p.Legend.Add(c.Name, marks)
	default:
		p.Legend.Add(c.Name, line)
	}
	return nil
}

var (
	faint = color.RGBA{0xe4, 0xe4, 0xe4, 0xff}
	// palette is Okabe and Ito's, which colour-blind readers can tell apart.
	palette = []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
		{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x00, 0x00, 0xff},
	}
	dashes = [][]vg.Length{nil, {vg.Points(6), vg.Points(2)}, {vg.Points(2), vg.Points(2)}, {vg.Points(8), vg.Points(2), vg.Points(2), vg.Points(2)}}
	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}, draw.PlusGlyph{}}
)
