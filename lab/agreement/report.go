package agreement

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Report is everything that was measured.
type Report struct {
	Costs []Row
	Lived []Life
}

// Row is the costs in a group of one size.
type Row struct {
	Protocol             Protocol
	Hosts                int
	Write                Cost
	Delay                time.Duration // of a write, where a sync takes as long as a link
	Read, Elsewhere, Own Cost          // linearizable at the leader and at another, and by lease at that other
}

// Life is what a protocol's clients saw of all days.
type Life struct {
	Protocol Protocol
	Seen     []Seen
}

// Measure makes the whole report. It calls progress before each step.
func Measure(progress func(string)) (Report, error) {
	var r Report
	for _, p := range Family {
		for _, n := range p.Sizes {
			progress(fmt.Sprintf("%s of %d: costs", p.Name, n))
			row, err := p.Costs(n)
			if err != nil {
				return r, err
			}
			r.Costs = append(r.Costs, row)
		}
		progress(p.Name + ": days")
		seen, err := p.Live()
		if err != nil {
			return r, err
		}
		r.Lived = append(r.Lived, Life{p, seen})
	}
	return r, nil
}

// Costs measures a group of n.
func (p Protocol) Costs(n int) (row Row, err error) {
	row.Protocol, row.Hosts = p, n
	for _, m := range []struct {
		into *Cost
		by   func() (Cost, error)
	}{
		{&row.Write, func() (Cost, error) { return p.Writes(n) }},
		{&row.Read, func() (Cost, error) { return p.Reads(n, rsm.Linearizable, false) }},
		{&row.Elsewhere, func() (Cost, error) { return p.Reads(n, rsm.Linearizable, true) }},
		{&row.Own, func() (Cost, error) { return p.Reads(n, rsm.Lease, true) }},
	} {
		if *m.into, err = m.by(); err != nil {
			return row, err
		}
	}
	row.Delay, err = p.Delay(n)
	return row, err
}

// Tables writes the report as Markdown.
func (r Report) Tables() string {
	var b strings.Builder
	b.WriteString("| protocol | faults | replicas for f | besides them |\n|---|---|---|---|\n")
	for _, l := range r.Lived {
		p := l.Protocol
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.Name, p.Faults, p.Replicas, p.Besides)
	}
	b.WriteString("\nOne operation after the other, without faults. Rounds are delays of one link between question and answer, asked at " +
		"the host that orders commands; messages and bytes cross links. A write carries 256 bytes. The milliseconds are those of a write where " +
		"a link takes one and a sync another. Groups of n survive f.\n\n" +
		"| protocol | n | f | write: rounds | ms | messages | bytes | read: rounds | messages | read elsewhere: rounds | messages | by lease elsewhere: rounds | messages |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range r.Costs {
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s | %.0f | %s | %s | %s | %s | %s | %s |\n", c.Protocol.Name, c.Hosts, c.Protocol.Survives(c.Hosts),
			number(c.Write.Rounds), number(c.Delay.Seconds()*1000), number(c.Write.Messages), c.Write.Bytes, number(c.Read.Rounds), number(c.Read.Messages),
			number(c.Elsewhere.Rounds), number(c.Elsewhere.Messages), number(c.Own.Rounds), number(c.Own.Messages))
	}
	r.days(&b)
	return b.String()
}

func number(x float64) string {
	s := strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

func (r Report) days(b *strings.Builder) {
	fmt.Fprintf(b, "\nTen bad days: the longest time in which no client was answered, and how many operations were done of those of a day "+
		"without faults.\n\n| day |")
	for _, l := range r.Lived {
		fmt.Fprintf(b, " %s of %d |", l.Protocol.Name, l.Protocol.Sizes[0])
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(r.Lived)) + "\n")
	for i, d := range Days {
		fmt.Fprintf(b, "| %s |", d.Name)
		for _, l := range r.Lived {
			s := l.Seen[i]
			if s.Verdict == check.OK {
				fmt.Fprintf(b, " %.2f s, %.0f %% |", s.Outage.Seconds(), 100*s.Done)
			} else {
				fmt.Fprintf(b, " **%v: %s** |", s.Verdict, s.Violation)
			}
		}
		b.WriteString("\n")
	}
}

// Broken returns the days on which a promise was not kept.
func (r Report) Broken() (all []string) {
	for _, l := range r.Lived {
		for _, s := range l.Seen {
			if s.Verdict != check.OK {
				all = append(all, fmt.Sprintf("%s, %s: %v: %s", l.Protocol.Name, s.Day, s.Verdict, s.Violation))
			}
		}
	}
	return all
}
