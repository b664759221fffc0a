package ntp

import (
	"math"
	"slices"
	"time"
)

// Sample is one measurement of a server's clock (section 10).
type Sample struct {
	Offset     float64 // theta: how far its clock is ahead of ours, seconds
	Delay      float64 // delta, seconds
	Dispersion float64 // epsilon, when it was taken, seconds
	At         time.Duration
}

// filter is the clock filter: the latest eight samples of a server, of which the
// one with the shortest round trip suffered least from queues.
type filter struct {
	samples []Sample // newest first
	used    time.Duration
	filled  bool // used is meaningful
}

// missing stands for a packet that did not come.
var missing = Sample{Delay: MaxDispersion, Dispersion: MaxDispersion}

func (f *filter) add(s Sample) {
	f.samples = slices.Insert(f.samples, 0, s)
	f.samples = f.samples[:min(len(f.samples), stages)]
}

// shift takes account of a step of our clock by offset.
func (f *filter) shift(offset float64) {
	for i := range f.samples {
		f.samples[i].Offset -= offset
	}
}

// best returns the sample to use, and whether it is newer than the one used last:
// an old one is not used again.
func (f *filter) best() (s Sample, fresh bool) {
	if len(f.samples) == 0 {
		return missing, false
	}
	s = f.shortest()
	fresh = s.Dispersion < MaxDispersion && (!f.filled || s.At > f.used)
	if fresh {
		f.used, f.filled = s.At, true
	}
	return s, fresh
}

// shortest returns the sample with the shortest round trip of at least one.
func (f *filter) shortest() Sample {
	//parley:rule timesync.ntp.minimum-delay-sample value=f.samples[0]
	return f.byDelay()[0]
}

func (f *filter) byDelay() []Sample {
	sorted := slices.Clone(f.samples)
	slices.SortStableFunc(sorted, func(a, b Sample) int {
		switch {
		case a.Delay < b.Delay:
			return -1
		case a.Delay > b.Delay:
			return 1
		}
		return 0
	})
	return sorted
}

// dispersion returns the weighted sum of the samples' dispersions as they are
// now: half of the best one's, a quarter of the next, and so on. Missing ones
// count in full, so a new server has to prove itself.
func (f *filter) dispersion(now time.Duration) (sum float64) {
	weight := 0.5
	sorted := f.byDelay()
	for i := range stages {
		d := MaxDispersion
		if i < len(sorted) {
			d = min(MaxDispersion, sorted[i].Dispersion+Phi*seconds(now-sorted[i].At))
		}
		sum += weight * d
		weight /= 2
	}
	return sum
}

// jitter returns the root mean square distance of the other samples' offsets
// from the best one's, at least the precision.
func (f *filter) jitter(precision float64) float64 {
	sorted := f.byDelay()
	sum, n := 0.0, 0
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Dispersion < MaxDispersion {
			d := sorted[i].Offset - sorted[0].Offset
			sum += float64(d * d)
			n++
		}
	}
	if n == 0 {
		return precision
	}
	return max(math.Sqrt(sum/float64(n)), precision)
}
