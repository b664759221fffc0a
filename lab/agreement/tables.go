package agreement

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/check"
)

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
	r.theory(&b)
	r.load(&b)
	r.days(&b)
	r.Commit.table(&b)
	return b.String()
}

func number(x float64) string {
	s := strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

// theory has what the papers say beside what was measured.
func (r Report) theory(b *strings.Builder) {
	b.WriteString("\nThe same writes beside the papers. So many messages decide; those of the news tell the others, as long as no later operation does. Rounds and " +
		"syncs wait for one another. The fit is over groups of several sizes: measured messages for one of the formulas' sum, and what a message " +
		"takes beside the value's copies and the tags; and by how much the group that agrees least is off.\n\n" +
		"| protocol | rounds | syncs | messages | news | bytes | groups | messages: measured / formula | off by | bytes a message beside them | off by |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, f := range r.Fits {
		p := f.Protocol.Paper
		bytes := fmt.Sprintf("%d(%s)", value, p.Copies.text)
		if p.Tags.text != none.text {
			bytes += " + " + p.Tags.text
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %.3f | %.1f %% | %.1f | %.1f %% |\n", f.Protocol.Name, p.Rounds.text, p.Syncs.text, p.Messages.text,
			p.News.text, bytes, sizes(f.Sizes), f.Factor, 100*f.Off, f.Header, 100*f.HeaderOff)
	}
}

func sizes(all []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ", "), "[]")
}

// load has what operations cost when many are under way.
func (r Report) load(b *strings.Builder) {
	fmt.Fprintf(b, "\nUnder load: %d writes are under way at any time, all of them asked for at the host that orders commands; a link takes a millisecond and a sync another. "+
		"Operations share places in the order. Messages are those of one such batch, beside those that decide by the paper; bytes are for each operation, "+
		"beside the %d that each copy of its value takes.\n\n"+
		"| protocol | n | operations a batch | messages a batch | by the paper | ratio | bytes an operation | copies of the value | ratio | of which the busiest host sends |\n"+
		"|---|---|---|---|---|---|---|---|---|---|\n", outstanding, value)
	for _, c := range r.Costs {
		decide, copies := c.Protocol.Paper.Messages.at(c.Hosts), c.Protocol.Paper.Copies.at(c.Hosts)
		fmt.Fprintf(b, "| %s | %d | %.1f | %s | %s | %.2f | %.0f | %s | %.2f | %.0f |\n", c.Protocol.Name, c.Hosts, c.Loaded.Batch, number(c.Loaded.Messages), number(decide),
			c.Loaded.Messages/decide, c.Loaded.Bytes, number(copies), c.Loaded.Bytes/copies/value, c.Loaded.Busiest)
	}
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
