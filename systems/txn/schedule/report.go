package schedule

import (
	"errors"
	"fmt"
	"strings"
)

// Answer is what is known of a property.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown" // the search was given up
)

// Finding is the answer to one question, with what shows it.
type Finding struct {
	Property string `json:"property"`
	Answer   Answer `json:"answer"`
	Why      string `json:"why,omitempty"`
}

// Report answers all questions about a schedule.
type Report struct {
	Schedule   Schedule    `json:"-"`
	Text       string      `json:"schedule"`
	Precedence *Precedence `json:"-"`
	Cycle      Cycle       `json:"-"`
	Findings   []Finding   `json:"findings"`
}

// Analyze answers all questions about a schedule.
func (s Schedule) Analyze() *Report {
	r := &Report{Schedule: s, Text: s.String(), Precedence: s.Precedence()}
	r.add("serial", truth(s.IsSerial()), "")
	r.conflict()
	r.search("view serializable", s.ViewSerializable)
	r.search("final-state serializable", s.FinalStateSerializable)
	r.breach("recoverable", s.Recoverable())
	r.breach("cascadeless", s.Cascadeless())
	r.breach("strict", s.Strict())
	r.breach("rigorous", s.Rigorous())
	r.locking("two-phase locking", Plain)
	r.locking("strict two-phase locking", StrictLocks)
	r.locking("rigorous two-phase locking", AllToEnd)
	return r
}

func truth(holds bool) Answer {
	if holds {
		return Yes
	}
	return No
}

func (r *Report) add(property string, a Answer, why string) {
	r.Findings = append(r.Findings, Finding{property, a, why})
}

func (r *Report) conflict() {
	order, cycle := r.Schedule.ConflictSerializable()
	r.Cycle = cycle
	if cycle == nil {
		r.add("conflict serializable", Yes, "as "+serialText(order))
		return
	}
	edges := make([]string, len(cycle))
	for i, e := range cycle {
		edges[i] = e.String()
	}
	r.add("conflict serializable", No, fmt.Sprintf("cycle %v: %s", cycle, strings.Join(edges, ", ")))
}

func serialText(order []Txn) string {
	if len(order) == 0 {
		return "the empty schedule"
	}
	words := make([]string, len(order))
	for i, t := range order {
		words[i] = fmt.Sprint("T", t)
	}
	return strings.Join(words, ", ")
}

func (r *Report) search(property string, find func() ([]Txn, error)) {
	order, err := find()
	switch {
	case errors.Is(err, ErrUndecided):
		r.add(property, Unknown, err.Error())
	case order == nil && r.Cycle != nil:
		r.add(property, No, "no serial order is equivalent")
	default:
		r.add(property, Yes, "as "+serialText(order))
	}
}

func (r *Report) breach(property string, b *Breach) {
	if b == nil {
		r.add(property, Yes, "")
		return
	}
	r.add(property, No, b.Why)
}

func (r *Report) locking(property string, l Locking) {
	points, err := r.Schedule.TwoPhase(l)
	if err != nil {
		r.add(property, No, err.Error())
		return
	}
	r.add(property, Yes, "lock points "+points.text(r.Schedule))
}

func (p LockPoints) text(s Schedule) string {
	var words []string
	for _, t := range s.Txns() {
		at := "at the start"
		if p[t] >= 0 {
			at = fmt.Sprintf("after operation %d", p[t]+1)
		}
		words = append(words, fmt.Sprintf("T%d %s", t, at))
	}
	return strings.Join(words, ", ")
}

// String lists the edges, one a line.
func (p *Precedence) String() string {
	var b strings.Builder
	for _, e := range p.Edges {
		fmt.Fprintf(&b, "T%d -> T%d  %v\n", e.First.Txn, e.Second.Txn, e)
	}
	return b.String()
}

// String returns the schedule as a picture in characters, its precedence graph,
// and the findings.
func (r *Report) String() string {
	var b strings.Builder
	b.WriteString(r.Schedule.Columns())
	if len(r.Precedence.Edges) > 0 {
		fmt.Fprintf(&b, "\nprecedence graph\n%s", r.Precedence)
	}
	b.WriteString("\n")
	for _, f := range r.Findings {
		line := fmt.Sprintf("%-27s %-8s %s", f.Property, f.Answer, f.Why)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// Columns draws the schedule in characters: a column a transaction, time
// downwards.
func (s Schedule) Columns() string {
	const width = 10
	var b strings.Builder
	row := func(number, cells string) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%4s  %s", number, cells), " ") + "\n")
	}
	column, head := map[Txn]int{}, ""
	for i, t := range s.Txns() {
		column[t] = i
		head += fmt.Sprintf("%-*s", width, fmt.Sprint("T", t))
	}
	row("", head)
	for i, o := range s {
		row(fmt.Sprint(i+1), strings.Repeat(" ", width*column[o.Txn])+o.String())
	}
	return b.String()
}
