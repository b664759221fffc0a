package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/parleysystems/parley/kernel/experiment"
)

// What is longer than a screen shows is kept in a file.
const (
	mostPlanLines = 20
	mostPlanBytes = 2 << 10
)

// longPlans keeps the plans that are too long for a command line, each in a file of
// dir that is named for its run; the lines that replay these runs name the files.
type longPlans struct {
	dir   string
	notes []string // what was done, for the end of the report
}

// keep writes the long plans of a report, and changes its commands.
func (p *longPlans) keep(report experiment.Report) {
	for _, t := range report.Tallies {
		for i := range t.Findings {
			f := &t.Findings[i]
			p.move(&f.Replay, "")
			if f.Shrunk != nil {
				p.move(&f.Shrunk.Replay, "-shrunk")
			}
		}
	}
}

// move puts a plan into a file, if it is long. Where there cannot be one, the command
// keeps it.
func (p *longPlans) move(r *experiment.Replay, form string) {
	if r.Plan == nil {
		return
	}
	plan := strings.TrimSpace(*r.Plan) + "\n"
	lines := strings.Count(plan, "\n")
	if lines <= mostPlanLines && len(plan) <= mostPlanBytes {
		return
	}
	name := filepath.Join(p.dir, fmt.Sprintf("%s-seed%d%s.plan", strings.ReplaceAll(r.Experiment, "/", "-"), r.Seed, form))
	named := *r
	named.File = name
	text := "# " + named.Command() + "\n" + plan
	err := os.MkdirAll(p.dir, 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		p.notes = append(p.notes, fmt.Sprintf("the plan is not in a file: %v", err))
		return
	}
	r.File = name
	p.notes = append(p.notes, fmt.Sprintf("wrote %s: a plan of %s and %s", name, counted(lines, "line"), bytesText(len(text))))
}

func (p *longPlans) write(out io.Writer) {
	for _, note := range p.notes {
		fmt.Fprintln(out, note)
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func bytesText(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1000)
}
