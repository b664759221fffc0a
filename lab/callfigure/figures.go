package main

import (
	"fmt"
	"math"

	"github.com/parleysystems/parley/internal/plot"
	"github.com/parleysystems/parley/systems/remote/rpc"
	"github.com/parleysystems/parley/systems/remote/rpc/rpctest"
)

// seed is that of all runs, calls how many are made at each rate of loss.
const (
	seed  = 1
	calls = 2000
)

// figures are the pictures, and what they are measured by.
var figures = []struct {
	name    string
	measure func() (plot.Figure, error)
}{
	{"calls-loss", loss},
	{"calls-crash", crash},
}

// loss makes calls under each promise while more and more messages are lost. What
// breaks its promise is not drawn.
func loss() (plot.Figure, error) {
	f := plot.Figure{
		Title: "Executions of a call that is sent up to five times",
		X:     plot.Axis{Label: "messages that are lost, %"},
		Y:     plot.Axis{Label: "executions a call, mean", Zero: true},
		Room:  0.35,
	}
	least := plot.Curve{Name: "at least once, as measured", Dots: true}
	most := plot.Curve{Name: "at most once, as measured", Dots: true}
	exactly := plot.Curve{Name: "exactly once, as measured", Dots: true}
	copies, once := plot.Curve{Name: "at least once, in theory"}, plot.Curve{Name: "at most once, in theory"}
	for percent := 0; percent <= 55; percent += 5 {
		x, p := float64(percent), float64(percent)/100
		for promise, curve := range map[rpc.Semantics]*plot.Curve{
			rpc.AtLeastOnce: &least, rpc.AtMostOnce: &most, rpc.ExactlyOnce: &exactly,
		} {
			t, err := rpctest.UnderLoss(seed, promise, p, calls)
			if err != nil {
				return f, err
			}
			if promise != rpc.AtLeastOnce && t.More > 0 || promise == rpc.ExactlyOnce && t.None > 0 || t.None > t.Failed {
				return f, fmt.Errorf("%v with %d%% lost: of %d calls, %d failed, %d never ran and %d ran more than once",
					promise, percent, t.Calls, t.Failed, t.None, t.More)
			}
			curve.Points = append(curve.Points, plot.Point{X: x, Y: float64(t.Runs) / calls})
		}
		copies.Points = append(copies.Points, plot.Point{X: x, Y: executions(p)})
		once.Points = append(once.Points, plot.Point{X: x, Y: 1 - math.Pow(p, sent)})
	}
	f.Curves = []plot.Curve{least, most, exactly, copies, once}
	return f, nil
}

// sent is how often a call is sent at most.
const sent = 5

// executions returns how often a procedure without tables runs in the mean: each
// request that is sent arrives with 1-p, and another follows while no reply has come.
func executions(p float64) (sum float64) {
	arrives, noReply := 1-p, 1.0
	for range sent {
		sum += noReply * arrives
		noReply *= 1 - arrives*(1-p)
	}
	return sum
}

// drawn is how many crashes are; later ones find the call over.
const drawn = 12

// crash has a server die after each event of a call that hands out a banknote.
func crash() (plot.Figure, error) {
	f := plot.Figure{
		Title: "A server dies during a call for a banknote",
		X:     plot.Axis{Label: "events of the call before the crash"},
		Y:     plot.Axis{Label: "banknotes", Zero: true, Names: []string{"none", "one", "two"}},
		Room:  0.45,
	}
	for _, c := range []struct {
		name, method string
		doubt        rpc.Doubt
		allowed      [3]bool // numbers of effects
		shift        float64 // so that curves do not hide each other
	}{
		{"logged first, not repeated", "dispense", rpc.Refuse, [3]bool{true, true, false}, -0.02},
		{"logged last, repeated", "dispense", rpc.Again, [3]bool{false, true, true}, 0.02},
		{"in the server's own books", "add", rpc.Refuse, [3]bool{false, true, false}, 0},
	} {
		times, err := rpctest.Effects(seed, c.method, c.doubt)
		if err != nil {
			return f, err
		}
		curve := plot.Curve{Name: c.name, Step: true}
		for n, t := range times {
			if t >= len(c.allowed) || !c.allowed[t] {
				return f, fmt.Errorf("%s: a crash after %d events leaves %d", c.name, n, t)
			}
			if n < drawn {
				curve.Points = append(curve.Points, plot.Point{X: float64(n), Y: float64(t) + c.shift})
			}
		}
		f.Curves = append(f.Curves, curve)
	}
	return f, nil
}
