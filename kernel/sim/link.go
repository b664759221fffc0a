package sim

import "time"

// Link is the shape of a directed link between two hosts.
type Link struct {
	// Delay is how long a message takes.
	Delay Dist
	// Loss, Duplicate and Reorder are probabilities. A message that is not
	// drawn for reordering arrives after all that were sent before it; a
	// duplicate takes a delay of its own.
	Loss, Duplicate, Reorder float64
	// Bandwidth is in bytes a second, or 0 for no limit. What cannot be sent
	// at once waits in a queue of at most Queue bytes (64 KiB if 0); a message
	// that finds it full is lost.
	Bandwidth, Queue int
}

// LAN is the shape of links by default: 200 microseconds to a millisecond, in
// any order, without loss.
var LAN = Link{Delay: Uniform(200*time.Microsecond, time.Millisecond), Reorder: 1}

// Dist is a distribution of durations, with a text form that Parse reads:
// 5ms, 1ms..5ms (uniform), 5ms+-1ms (bell-shaped), 1ms~2s (long tail).
type Dist struct{ stub }

// Constant is always d.
func Constant(d time.Duration) Dist { panic("not yet") }

// Uniform lies evenly from lo to hi.
func Uniform(lo, hi time.Duration) Dist { return Dist{} }

// Normal is bell-shaped around mean with a standard deviation of dev, cut off
// at zero and at about three and a half deviations.
func Normal(mean, dev time.Duration) Dist { panic("not yet") }

// LongTail lies mostly near typical; being longer by a factor of two is four
// times less likely each time, up to worst.
func LongTail(typical, worst time.Duration) Dist { panic("not yet") }

// String returns the text form.
func (d Dist) String() string { panic("not yet") }

// Partition is a set of directed links to cut.
type Partition struct{ stub }

// Halves splits hosts into groups that do not reach each other (two or more).
// Hosts in no group reach everybody.
func Halves(groups ...[]string) Partition { panic("not yet") }

// Bridge splits two groups that only the hosts between them reach.
func Bridge(a, between, b []string) Partition { panic("not yet") }

// Ring lets each host reach only its two neighbours in the list.
func Ring(hosts ...string) Partition { panic("not yet") }

// Isolate cuts each given host off from everybody, in both directions.
func Isolate(hosts ...string) Partition { panic("not yet") }

// OneWay cuts the links from some hosts to others, and not those back. nil
// stands for all hosts.
func OneWay(from, to []string) Partition { panic("not yet") }
