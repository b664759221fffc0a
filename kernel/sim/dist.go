package sim

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// Dist is a distribution of durations, with a text form that Parse reads:
//
//	5ms         always
//	1ms..5ms    uniform
//	5ms+-1ms    bell-shaped
//	1ms~2s      long tail
//
// The zero value stands for the default of whatever it describes; Constant(0)
// is zero. It is computed in integers, so all processors draw alike.
type Dist struct {
	shape shape
	a, b  time.Duration
}

type shape uint8

const (
	unset shape = iota
	constant
	uniform
	normal
	longTail
)

// Constant is always d.
func Constant(d time.Duration) Dist { return newDist(constant, d, 0) }

// Uniform lies evenly from lo to hi.
func Uniform(lo, hi time.Duration) Dist { return newDist(uniform, lo, max(lo, hi)) }

// Normal is bell-shaped around mean with a standard deviation of dev, cut off
// at zero and at about three and a half deviations.
func Normal(mean, dev time.Duration) Dist { return newDist(normal, mean, dev) }

// LongTail lies mostly near typical (half of it to twice); being longer by a
// factor of two is four times less likely each time, up to worst.
func LongTail(typical, worst time.Duration) Dist {
	return newDist(longTail, typical, max(typical, worst))
}

func newDist(s shape, a, b time.Duration) Dist {
	const most = 365 * 24 * time.Hour
	return Dist{s, min(max(a, 0), most), min(max(b, 0), most)}
}

func (d Dist) or(other Dist) Dist {
	if d.shape == unset {
		return other
	}
	return d
}

// draw turns 64 random bits into a duration.
func (d Dist) draw(u uint64) time.Duration {
	switch d.shape {
	case uniform:
		return d.a + time.Duration(within(u, uint64(d.b-d.a)+1))
	case normal:
		return max(0, d.a+bell(u, d.b))
	case longTail:
		doublings := bits.LeadingZeros64(u|1) / 2
		fraction := u << 32 >> 32 // the other half of the bits
		near := d.a/2 + time.Duration(within(fraction<<32, uint64(d.a)+1))
		if doublings > 20 || near > d.b>>doublings {
			return d.b
		}
		return near << doublings
	}
	return d.a
}

// bell returns a sample with mean 0 and the given deviation: the sum of four
// uniform 16-bit numbers (Irwin and Hall), whose own deviation is 37837.
func bell(u uint64, deviation time.Duration) time.Duration {
	sum := int64(u&0xffff+u>>16&0xffff+u>>32&0xffff+u>>48) - 2*0xffff
	hi, lo := bits.Mul64(uint64(max(sum, -sum)), uint64(deviation))
	size, _ := bits.Div64(hi, lo, 37837)
	if sum < 0 {
		return -time.Duration(size)
	}
	return time.Duration(size)
}

// String returns the text form.
func (d Dist) String() string {
	switch d.shape {
	case uniform:
		return fmt.Sprintf("%v..%v", d.a, d.b)
	case normal:
		return fmt.Sprintf("%v+-%v", d.a, d.b)
	case longTail:
		return fmt.Sprintf("%v~%v", d.a, d.b)
	case constant:
		return d.a.String()
	}
	return "default"
}

// ParseDist reads the text form.
func ParseDist(text string) (Dist, error) {
	for _, form := range []struct {
		sep  string
		make func(a, b time.Duration) Dist
	}{{"..", Uniform}, {"+-", Normal}, {"~", LongTail}} {
		left, right, found := strings.Cut(text, form.sep)
		if !found {
			continue
		}
		a, err := parseDuration(left)
		if err != nil {
			return Dist{}, err
		}
		b, err := parseDuration(right)
		if err != nil {
			return Dist{}, err
		}
		return form.make(a, b), nil
	}
	a, err := parseDuration(text)
	if err != nil {
		return Dist{}, err
	}
	return Constant(a), nil
}

// parseDuration reads a duration from 0 to a year.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration like 1.5s or 20ms", text)
	}
	if d < 0 || d > 365*24*time.Hour {
		return 0, fmt.Errorf("duration %q is not between zero and a year", text)
	}
	return d, nil
}
