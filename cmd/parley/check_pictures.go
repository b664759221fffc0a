package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// pictures are the files that a check writes of one run: of the first that
// failed, in its smaller form if there is one, or of the only one.
type pictures struct{ svg, json, shiviz string }

func (p *pictures) flags(cmd *cobra.Command) {
	fs := cmd.Flags()
	const of = " of the run that failed, or of the only one, to FILE"
	fs.StringVar(&p.svg, "svg", "", "write a Lamport diagram"+of)
	fs.StringVar(&p.json, "json", "", "write the events"+of+", one JSON object a line")
	fs.StringVar(&p.shiviz, "shiviz", "", "write the events"+of+", in the format that ShiViz reads")
}

// drawn is how many events a diagram for reading has at most: the newest.
const drawn = 2000

// write makes the run again and writes what was asked for. A diagram of a run
// that failed shows what the violation depends on.
func (p *pictures) write(out io.Writer, c experiment.Campaign, report experiment.Report) error {
	if *p == (pictures{}) {
		return nil
	}
	e, r, ok := pictured(c, report)
	if !ok {
		fmt.Fprintln(out, "nothing failed and more than one run was made, so no file was written")
		return nil
	}
	o := r.Options()
	o.Trace = trace.NewRecorder(traceLimit)
	result := experiment.Once(e, r.Seed, o)
	diagram := newest(o.Trace, drawn)
	if result.Event != 0 {
		diagram = slices.Values(o.Trace.Past(result.Event, drawn))
	}
	for _, file := range []struct {
		name   string
		format func(io.Writer, iter.Seq[trace.Event]) error
		events iter.Seq[trace.Event]
	}{{p.svg, trace.SVG, diagram}, {p.json, trace.JSON, o.Trace.Events()}, {p.shiviz, trace.ShiViz, o.Trace.Events()}} {
		if file.name == "" {
			continue
		}
		if err := writeFile(file.name, func(w io.Writer) error { return file.format(w, file.events) }); err != nil {
			return err
		}
		fmt.Fprintf(out, "wrote %s: %s\n", file.name, r.Command())
	}
	return nil
}

// pictured chooses the run, if there is one to choose.
func pictured(c experiment.Campaign, report experiment.Report) (*experiment.Experiment, experiment.Replay, bool) {
	for _, t := range report.Tallies {
		if len(t.Findings) > 0 {
			f := t.Findings[0]
			if f.Shrunk != nil {
				return t.Experiment, f.Shrunk.Replay, true
			}
			return t.Experiment, f.Replay, true
		}
	}
	if c.From != c.To || len(c.Experiments) != 1 {
		return nil, experiment.Replay{}, false
	}
	e, o := c.Experiments[0], c.Options
	return e, experiment.Replay{
		Experiment: e.ID(), Seed: c.From, Params: o.Params, Plan: o.Plan, Search: o.Search, Depth: o.Depth,
	}, true
}

// newest yields the last events of a recording.
func newest(r *trace.Recorder, n int) iter.Seq[trace.Event] {
	return func(yield func(trace.Event) bool) {
		first := max(int(r.First()), r.Len()-n+1)
		for e := range r.Events() {
			if int(e.ID) >= first && !yield(e) {
				return
			}
		}
	}
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
