package sim

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/node"
)

// Compare runs a scenario twice, with messages passed by reference and through
// the codec, and returns an error that names the first event in which the runs
// differ. What makes them differ is something that the seed does not decide:
// the order of a map, a variable outside the nodes, memory that two nodes
// share, a field that the codec does not carry. scenario gets a fresh world
// each time, which is closed after it; it has to begin from nothing itself.
// Config.Observer hears all runs, of which there are four if they differ.
func Compare(c Config, scenario func(w *World)) error {
	c.Digest = true
	first, second := &chronicle{}, &chronicle{}
	a, b := first.run(c, false, scenario), second.run(c, true, scenario)
	if a == b {
		return nil
	}
	from, to := divergence(first.marks, second.marks)
	first, second = &chronicle{from: from, to: to}, &chronicle{from: from, to: to}
	first.run(c, false, scenario)
	second.run(c, true, scenario)
	return fmt.Errorf("sim: seed %d: a run by reference (hash %016x) and one through the codec (%016x) differ: %s",
		c.Seed, a, b, difference(first.lines, second.lines, from))
}

// TB is the part of testing.TB that Twice needs.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// Twice is Compare for tests: it fails t if the two runs differ.
func Twice(t TB, c Config, scenario func(w *World)) {
	t.Helper()
	if err := Compare(c, scenario); err != nil {
		t.Fatal(err)
	}
}

// chronicle keeps what Compare needs to find the first difference of two runs:
// in the first pass the running hash every so many events, in the second the
// events themselves between two of those.
type chronicle struct {
	marks    []uint64
	from, to uint64 // events to describe
	lines    []string
}

const markEvery = 1024

func (c *chronicle) run(config Config, codec bool, scenario func(w *World)) uint64 {
	config.Codec = codec
	w := New(config)
	w.log = c
	defer w.Close()
	scenario(w)
	c.marks = append(c.marks, w.Hash())
	return w.Hash()
}

func (c *chronicle) add(w *World, at node.Addr, k kind, peer int32, sum uint64) {
	n := w.hash.events
	if n%markEvery == 0 {
		c.marks = append(c.marks, w.hash.sum)
	}
	if n > c.from && n <= c.to {
		c.lines = append(c.lines, fmt.Sprintf("%v %s %s (party %d, contents %016x)",
			w.Now(), at, kindNames[k], peer, sum))
	}
}

// divergence returns between which events two runs began to differ.
func divergence(a, b []uint64) (from, to uint64) {
	n := 0
	for n < min(len(a), len(b))-1 && a[n] == b[n] {
		n++
	}
	return uint64(n) * markEvery, uint64(n+1)*markEvery + 1
}

// difference words the first line in which two chronicles differ.
func difference(a, b []string, from uint64) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	at := func(lines []string) string {
		if n < len(lines) {
			return lines[n]
		}
		return "no further event"
	}
	if n == len(a) && n == len(b) {
		return "and a third and fourth run did not: something outside the world changes from run to run"
	}
	before := strings.Join(a[max(0, n-3):n], "\n\t")
	return fmt.Sprintf("event %d\n\tafter        %s\n\tby reference %s\n\tby codec     %s",
		from+uint64(n)+1, before, at(a), at(b))
}
