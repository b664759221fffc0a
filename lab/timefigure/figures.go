package main

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/internal/plot"
	"github.com/parleysystems/parley/systems/order/physical/physicaltest"
)

// seed is that of all runs.
const seed = 1

// figures are the pictures, and what they are measured by.
var figures = []struct {
	name    string
	measure func() (plot.Figure, error)
}{
	{"time-asymmetry", asymmetry},
	{"time-wedge", wedge},
	{"time-liars", liars},
	{"time-alone", alone},
	{"time-truetime", sawtooth},
}

// kept is the error of a clock that has to keep its word.
func kept(what string, m physicaltest.Moment) error {
	if !m.Within() {
		return fmt.Errorf("%s: off by %v at %v, its bound is %v", what, m.Error, m.At, m.Bound)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// asymmetry shares a round trip of 100 ms between the two directions.
func asymmetry() (plot.Figure, error) {
	const trip = 100 * time.Millisecond
	f := plot.Figure{
		Title: "A round trip of 100 ms, unevenly shared",
		X:     plot.Axis{Label: "part of the round trip that the question takes, %"},
		Y:     plot.Axis{Label: "error, ms"},
		Room:  0.3,
	}
	one, many := plot.Curve{Name: "Cristian", Dots: true}, plot.Curve{Name: "NTP", Dots: true}
	above, below := plot.Curve{Name: "half of the round trip"}, plot.Curve{}
	for percent := 0; percent <= 100; percent += 10 {
		there := trip * time.Duration(percent) / 100
		c, n, err := physicaltest.Lopsided(there, trip-there)
		if err != nil {
			return f, err
		}
		for what, m := range map[string]physicaltest.Moment{"Cristian": c, "NTP": n} {
			if err := kept(what, m); err != nil {
				return f, err
			}
		}
		x := float64(percent)
		one.Points = append(one.Points, plot.Point{X: x, Y: ms(c.Error)})
		many.Points = append(many.Points, plot.Point{X: x, Y: ms(n.Error)})
		above.Points = append(above.Points, plot.Point{X: x, Y: ms(c.Bound)})
		below.Points = append(below.Points, plot.Point{X: x, Y: -ms(c.Bound)})
	}
	f.Curves = []plot.Curve{one, many, above, below}
	return f, nil
}

// wedge draws the error of each measurement against its round trip.
func wedge() (plot.Figure, error) {
	f := plot.Figure{
		Title: "Measurements over links with queues",
		X:     plot.Axis{Label: "round trip, ms", Log: true},
		Y:     plot.Axis{Label: "error of the offset, ms"},
		Room:  0.1,
	}
	all, err := physicaltest.Wedge(seed, 12)
	if err != nil {
		return f, err
	}
	dots := plot.Curve{Name: "one measurement", Dots: true}
	above, below := plot.Curve{Name: "half of the round trip"}, plot.Curve{}
	least, most := all[0].At, all[0].At
	for _, m := range all {
		if err := kept("a measurement", m); err != nil {
			return f, err
		}
		dots.Points = append(dots.Points, plot.Point{X: ms(m.At), Y: ms(m.Error)})
		least, most = min(least, m.At), max(most, m.At)
	}
	for x := ms(least); ; x = min(x*1.1, ms(most)) {
		above.Points = append(above.Points, plot.Point{X: x, Y: x / 2})
		below.Points = append(below.Points, plot.Point{X: x, Y: -x / 2})
		if x >= ms(most) {
			break
		}
	}
	f.Curves = []plot.Curve{dots, above, below}
	return f, nil
}

// liars lets none, two and three of five servers lie.
func liars() (plot.Figure, error) {
	f := plot.Figure{
		Title: "An NTP client with five servers, 40 ppm of drift and lopsided links",
		X:     plot.Axis{Label: "hours"}, Y: plot.Axis{Label: "distance from the true time, ms", Log: true},
		Width: 7, Height: 4.2,
	}
	for _, n := range []int{0, 2, 3} {
		all, err := physicaltest.Liars(seed, n, 12)
		if err != nil {
			return f, err
		}
		off := plot.Curve{Name: fmt.Sprintf("%d lie: error", n), Step: true}
		bound := plot.Curve{Name: "what the client states", Step: true}
		for _, m := range all {
			if err := kept(off.Name, m); err != nil && n < 3 {
				return f, err
			}
			x := m.At.Hours()
			off.Points = append(off.Points, plot.Point{X: x, Y: max(0.01, ms(m.Error.Abs()))})
			bound.Points = append(bound.Points, plot.Point{X: x, Y: ms(m.Bound)})
		}
		f.Curves = append(f.Curves, off)
		if n == 2 {
			f.Curves = append(f.Curves, bound)
		}
	}
	return f, nil
}

// alone follows a client that is cut off after two days.
func alone() (plot.Figure, error) {
	f := plot.Figure{
		Title: "An NTP client that is alone from the 48th hour on",
		X:     plot.Axis{Label: "hours"}, Y: plot.Axis{Label: "distance from the true time, ms", Log: true},
		Width: 7, Height: 4.2,
	}
	all, err := physicaltest.Alone(seed)
	if err != nil {
		return f, err
	}
	off, bound := plot.Curve{Name: "error", Step: true}, plot.Curve{Name: "what the client states", Step: true}
	never := plot.Curve{Name: "never corrected: 40 ppm"}
	for _, m := range all {
		if err := kept("the client", m); err != nil {
			return f, err
		}
		x := m.At.Hours()
		off.Points = append(off.Points, plot.Point{X: x, Y: max(0.01, ms(m.Error.Abs()))})
		bound.Points = append(bound.Points, plot.Point{X: x, Y: ms(m.Bound)})
		never.Points = append(never.Points, plot.Point{X: x, Y: ms(m.At) * 40e-6})
	}
	f.Curves = []plot.Curve{off, bound, never}
	return f, nil
}

// sawtooth follows an interval of TrueTime.
func sawtooth() (plot.Figure, error) {
	f := plot.Figure{
		Title: "An interval of TrueTime, with one of five masters lying",
		X:     plot.Axis{Label: "seconds"}, Y: plot.Axis{Label: "from the true time, ms"},
		Width: 7, Room: 0.25,
	}
	all, err := physicaltest.Sawtooth(seed)
	if err != nil {
		return f, err
	}
	earliest, latest := plot.Curve{Name: "earliest", Step: true}, plot.Curve{Name: "latest", Step: true}
	truth := plot.Curve{Name: "the true time"}
	for _, m := range all {
		if err := kept("the interval", m); err != nil {
			return f, err
		}
		x := m.At.Seconds()
		earliest.Points = append(earliest.Points, plot.Point{X: x, Y: ms(m.Error - m.Bound)})
		latest.Points = append(latest.Points, plot.Point{X: x, Y: ms(m.Error + m.Bound)})
		truth.Points = append(truth.Points, plot.Point{X: x})
	}
	truth.Points = []plot.Point{truth.Points[0], truth.Points[len(truth.Points)-1]}
	f.Curves = []plot.Curve{latest, earliest, truth}
	return f, nil
}
