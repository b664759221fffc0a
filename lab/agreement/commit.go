package agreement

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"

	// The experiments that are made.
	_ "github.com/parleysystems/parley/systems/commit/twophase/twophasetest"
)

// Commit is what two-phase commit's clients wait for by how its decisions are kept: by
// the coordinator alone, in a replicated log, or in parallel with that.
type Commit struct{ latency, outage map[string]float64 }

// ways are how decisions are kept, in the experiments' words.
var ways = []string{"alone", "replicated", "parallel"}

// outages are how long a coordinator is away, in seconds.
var outages = []int{1, 5, 20, 60}

// Commits makes the experiments twophase/latency and twophase/outage, which demand what
// is to be expected, and keeps what they measured.
func Commits() (c Commit, err error) {
	if c.latency, err = stats("twophase/latency"); err == nil {
		c.outage, err = stats("twophase/outage")
	}
	return c, err
}

// stats makes one run of an experiment, which must hold.
func stats(id string) (map[string]float64, error) {
	found, err := experiment.Select(id)
	if err != nil {
		return nil, err
	}
	r := found[0].Run(1, experiment.Options{})
	if r.Verdict != check.OK {
		return nil, fmt.Errorf("agreement: %s: %v: %s", id, r.Verdict, r.Violation)
	}
	return r.Stats, nil
}

func (c Commit) table(b *strings.Builder) {
	b.WriteString("\nTwo-phase commit at two or three participants: how long a commit takes where a link takes 5 ms and a sync 1, and for how long the " +
		"participants are blocked, in seconds, when the coordinator goes away just after all have voted yes.\n\n| decisions are kept | a commit, ms |")
	for _, o := range outages {
		fmt.Fprintf(b, " away %d s: blocked |", o)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(outages)) + "\n")
	for i, way := range ways {
		name := []string{"by the coordinator alone", "in a replicated log", "in a replicated log, in parallel with the votes"}[i]
		fmt.Fprintf(b, "| %s | %s |", name, number(c.latency["commit, ms, "+way]))
		for _, o := range outages {
			fmt.Fprintf(b, " %s |", number(c.outage[fmt.Sprintf("blocked s, outage %02d s, %s", o, way)]))
		}
		b.WriteString("\n")
	}
}
