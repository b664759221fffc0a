package agreement

import (
	"fmt"
	"math"
)

// Paper is what the papers make of one write without faults in a group of n. What is
// measured is held against it.
type Paper struct {
	// Rounds are delays of one link between question and answer, and Syncs those that
	// wait for one another before there is an answer.
	Rounds, Syncs formula
	// Messages decide. News are those that bring the decision to the others, and their
	// answers, as long as no later operation brings it along.
	Messages, News formula
	// Copies is how many links the value has to cross, and Tags what authenticators take
	// beside it, in bytes.
	Copies, Tags formula
}

// formula is a figure by the size of the group, and how it is written.
type formula struct {
	of   func(n float64) float64
	text string
}

func (f formula) at(n int) float64 { return f.of(float64(n)) }

func constant(x float64) formula {
	return formula{func(float64) float64 { return x }, number(x)}
}

var (
	none     = constant(0)
	others   = formula{func(n float64) float64 { return n - 1 }, "n-1"}
	toAndFro = formula{func(n float64) float64 { return 2 * (n - 1) }, "2(n-1)"}
	all      = formula{func(n float64) float64 { return n }, "n"}
	// everybodyTwice is pre-prepare, prepare and commit; votes are the latter two, and
	// in each there is a tag of 16 bytes for each replica.
	everybodyTwice = formula{func(n float64) float64 { return 2 * n * (n - 1) }, "2n(n-1)"}
	tagged         = formula{func(n float64) float64 { return 16 * n * ((n-1)*(n-1) + n*(n-1)) }, "16n((n-1)²+n(n-1))"}

	// led is a leader who asks all others, and needs a majority's answer.
	led = Paper{Rounds: constant(2), Syncs: constant(1), Messages: toAndFro, News: toAndFro, Copies: others, Tags: none}
	// paired is a primary and its backup; spares follow.
	paired = Paper{Rounds: constant(2), Syncs: constant(2), Messages: toAndFro, News: constant(2), Copies: others, Tags: none}
	// chained is down the chain and up again.
	chained   = Paper{Rounds: toAndFro, Syncs: all, Messages: toAndFro, News: none, Copies: others, Tags: none}
	byzantine = Paper{Rounds: constant(3), Syncs: constant(3), Messages: everybodyTwice, News: none, Copies: others, Tags: tagged}
)

// Fit is how well groups of several sizes agree with their protocol's paper.
type Fit struct {
	Protocol Protocol
	Sizes    []int
	Writes   []Cost // one for each size
	// Factor is how many messages there are for one of the paper, by least squares,
	// and Off how far the group that agrees least is from that, as a part of 1.
	Factor, Off float64
	// Header is what a message takes beside value and tags, in bytes, by least squares,
	// and HeaderOff how far the bytes of the group that agrees least are from that.
	Header, HeaderOff float64
}

// tolerance is how far off a group may be, and a factor from 1.
const tolerance = 0.03

// fit holds the writes of groups of some sizes against the paper.
func (p Protocol) fit(sizes []int, writes []Cost) Fit {
	f := Fit{Protocol: p, Sizes: sizes, Writes: writes}
	var messages, bytes regression
	for i, n := range sizes {
		sent := p.Paper.Messages.at(n) + p.Paper.News.at(n)
		messages.add(sent, writes[i].Messages)
		bytes.add(sent, writes[i].Bytes-p.payload(n))
	}
	f.Factor, f.Header = messages.slope(), bytes.slope()
	for i, n := range sizes {
		sent := p.Paper.Messages.at(n) + p.Paper.News.at(n)
		f.Off = max(f.Off, math.Abs(f.Factor*sent/writes[i].Messages-1))
		f.HeaderOff = max(f.HeaderOff, math.Abs((p.payload(n)+f.Header*sent)/writes[i].Bytes-1))
	}
	return f
}

// payload is what a write has to send in any case.
func (p Protocol) payload(n int) float64 { return value*p.Paper.Copies.at(n) + p.Paper.Tags.at(n) }

// regression is a line through the origin, by least squares.
type regression struct{ xy, xx float64 }

func (r *regression) add(x, y float64) { r.xy, r.xx = r.xy+x*y, r.xx+x*x }

func (r *regression) slope() float64 { return r.xy / r.xx }

// Misfit says in what the measurements contradict the paper, "" if in nothing.
func (f Fit) Misfit() string {
	switch {
	case math.Abs(f.Factor-1) > tolerance || f.Off > tolerance:
		return fmt.Sprintf("%s: %.3f messages for one of the paper, off by up to %.1f %%", f.Protocol.Name, f.Factor, 100*f.Off)
	case f.Header < 0 || f.HeaderOff > tolerance:
		return fmt.Sprintf("%s: %.1f bytes a message beside its value, off by up to %.1f %%", f.Protocol.Name, f.Header, 100*f.HeaderOff)
	}
	return ""
}

// Fits measures writes in groups of more sizes than the tables have.
func (p Protocol) Fits() (Fit, error) {
	var writes []Cost
	for _, n := range p.Wide {
		c, err := p.Writes(n)
		if err != nil {
			return Fit{}, err
		}
		writes = append(writes, c)
	}
	return p.fit(p.Wide, writes), nil
}
