package agreement

import (
	"math"
	"slices"

	"github.com/parleysystems/parley/internal/plot"
)

// Figures draws the report: file names without their ending, and pictures.
func (r Report) Figures() map[string]plot.Figure {
	messages := plot.Figure{
		Title: "Messages of a write", X: plot.Axis{Label: "replicas"}, Y: plot.Axis{Label: "messages", Log: true},
	}
	rounds := plot.Figure{
		Title: "Delay of a write", X: plot.Axis{Label: "replicas"}, Y: plot.Axis{Label: "delays of one link", Zero: true}, Room: 0.25,
	}
	busiest := plot.Figure{
		Title: "What the busiest host sends for a write", X: plot.Axis{Label: "replicas"}, Y: plot.Axis{Label: "kB", Zero: true}, Room: 0.3,
	}
	for _, f := range r.Fits {
		messages.Curves = join(messages.Curves, f.curve(func(c Cost) float64 { return math.Round(c.Messages) }))
		rounds.Curves = join(rounds.Curves, f.curve(func(c Cost) float64 { return math.Round(c.Rounds) }))
		busiest.Curves = join(busiest.Curves, r.curve(f.Protocol.Name, func(c Row) float64 { return math.Round(c.Loaded.Busiest/100) / 10 }))
	}
	return map[string]plot.Figure{"agreement-messages": messages, "agreement-rounds": rounds, "agreement-busiest": busiest, "agreement-days": r.outages()}
}

// join adds a curve, or its name to an equal one, which would hide it.
func join(all []plot.Curve, c plot.Curve) []plot.Curve {
	for i := range all {
		if slices.Equal(all[i].Points, c.Points) {
			all[i].Name += ", " + c.Name
			return all
		}
	}
	return append(all, c)
}

// curve is what writes cost, by the size of the group.
func (f Fit) curve(of func(Cost) float64) plot.Curve {
	c := plot.Curve{Name: f.Protocol.Name}
	for i, n := range f.Sizes {
		c.Points = append(c.Points, plot.Point{X: float64(n), Y: of(f.Writes[i])})
	}
	return c
}

// curve is what is in the tables of a protocol, by the size of the group.
func (r Report) curve(protocol string, of func(Row) float64) plot.Curve {
	c := plot.Curve{Name: protocol}
	for _, row := range r.Costs {
		if row.Protocol.Name == protocol {
			c.Points = append(c.Points, plot.Point{X: float64(row.Hosts), Y: of(row)})
		}
	}
	return c
}

// outages has a column for each bad day.
func (r Report) outages() plot.Figure {
	f := plot.Figure{
		Title: "The longest time without an answer", Y: plot.Axis{Label: "seconds", Log: true}, Width: 9.5, Height: 4,
	}
	for _, d := range Days {
		f.X.Names = append(f.X.Names, d.Short)
	}
	for k, l := range r.Lived {
		c := plot.Curve{Name: l.Protocol.Name, Dots: true}
		for i, s := range l.Seen {
			beside := (float64(k) - float64(len(r.Lived)-1)/2) / 10 // so that no mark hides another
			c.Points = append(c.Points, plot.Point{X: float64(i) + beside, Y: s.Outage.Seconds()})
		}
		f.Curves = append(f.Curves, c)
	}
	return f
}
