package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// display shows how far a campaign is: a bar on a terminal, and a line a run
// where every run was asked for.
type display struct {
	out     io.Writer
	verbose bool
	bar     *progressbar.ProgressBar
	began   time.Time
	until   time.Time // of a campaign by time: the bar counts seconds then
	runs    uint64
}

func newDisplay(stderr, stdout io.Writer, f *checkFlags, c experiment.Campaign) *display {
	d := &display{out: stdout, verbose: f.verbose, began: time.Now(), until: c.Until}
	if f.quiet || f.verbose || !isTerminal(stderr) {
		return d
	}
	total := int64(c.To-c.From+1) * int64(len(c.Experiments))
	if !d.until.IsZero() {
		total = int64(time.Until(d.until)/time.Second) + 1
	}
	d.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(stderr),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(d.until.IsZero()),
		progressbar.OptionShowCount(),
	)
	return d
}

func (d *display) progress(p experiment.Progress) {
	d.runs++
	if d.verbose {
		fmt.Fprintf(d.out, "%s seed %d: %v %s%s\n", p.Experiment.ID(), p.Seed, p.Result.Verdict,
			strings.Join(p.Result.Marks, " "), statsText(p.Result))
	}
	if d.bar == nil {
		return
	}
	if p.Violations > 0 {
		d.bar.Describe(fmt.Sprintf("%s: %d violated", p.Experiment.System, p.Violations))
	} else {
		d.bar.Describe(fmt.Sprintf("%s: seed %d", p.Experiment.System, p.Seed))
	}
	done := int64(p.Done)
	if !d.until.IsZero() {
		done = int64(time.Since(d.began) / time.Second)
	}
	_ = d.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
}

func (d *display) shrinking(e *experiment.Experiment, seed uint64, runs, faults int) {
	if d.bar != nil {
		d.bar.Describe(fmt.Sprintf("%s: seed %d failed; shrinking, %d runs, %d faults left", e.ID(), seed, runs, faults))
	}
}

func (d *display) finish() {
	if d.bar != nil {
		_ = d.bar.Finish()
	}
}

func statsText(r experiment.Result) string {
	return fmt.Sprintf(" (%d events, %v, hash %016x)", r.Events, r.Elapsed, r.Hash)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// traceLimit is the number of events kept of a traced run: its end, which is
// where a violation shows.
const traceLimit = 1 << 16

// writeTrace makes the one run of the campaign again and prints what happened.
func writeTrace(w io.Writer, c experiment.Campaign) error {
	o := c.Options
	o.Trace = trace.NewRecorder(traceLimit)
	r := experiment.Once(c.Experiments[0], c.From, o)
	fmt.Fprintf(w, "\nfault plan:\n%s\n\ntrace:\n", indented(cmp.Or(r.Plan, "none")))
	return trace.Text(w, o.Trace.Events())
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

func listExperiments(w io.Writer, systems []string) error {
	list := experiment.All()
	if len(systems) > 0 {
		list = nil
		for _, name := range systems {
			found, err := selectExperiments(name)
			if err != nil {
				return err
			}
			list = append(list, found...)
		}
	}
	for _, e := range list {
		fmt.Fprintf(w, "%s  hosts: %s\n%s\n", e.ID(), e.Hosts, indented(e.Question))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range e.Params {
			fmt.Fprintf(t, "    --set %s=\t%s\n", p.Name, p.Doc)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return nil
}

// record adds what a campaign found to the ledger of a checkout, and takes out what
// is there of experiments that are gone.
func record(root string, report experiment.Report) error {
	bySystem := map[string][]canon.Run{}
	for _, t := range report.Tallies {
		e := t.Experiment
		bySystem[e.System] = append(bySystem[e.System], canon.Run{
			Experiment: e.ID(), Items: e.Canon, Seeds: int(t.Runs),
			Failed: len(t.Findings), Unknown: len(t.Undecided) + len(t.Missing), Commit: commitOf(root),
		})
	}
	for system, runs := range bySystem {
		rs, err := canon.ReadResults(os.DirFS(root+"/docs/canon/results"), system)
		if err != nil {
			return err
		}
		for _, r := range runs {
			rs.AddRun(r)
		}
		rs.Runs = slices.DeleteFunc(rs.Runs, func(r canon.Run) bool { _, err := experiment.Select(r.Experiment); return err != nil })
		if err := canon.WriteResults(root, system, rs); err != nil {
			return err
		}
	}
	return nil
}
