package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/parleysystems/parley/docs/canon"
)

func writeLedgerJSON(w io.Writer, items []canon.Status) error {
	type knockout struct {
		Caught bool   `json:"caught"`
		Seed   uint64 `json:"seed"`
	}
	type item struct {
		ID          string      `json:"id"`
		System      string      `json:"system"`
		Kind        canon.Kind  `json:"kind"`
		State       canon.State `json:"state"`
		Rules       []string    `json:"rules"`
		Experiments []string    `json:"experiments"`
		Seeds       int         `json:"seeds"`
		Knockout    knockout    `json:"knockout"`
	}
	out := make([]item, 0, len(items))
	for _, s := range items {
		it := item{s.ID, s.System, s.Kind, s.State, append([]string{}, s.Rules...), append([]string{}, s.Experiments...), s.Seeds, knockout{}}
		if s.Knockout != nil {
			it.Knockout = knockout{s.Knockout.Caught, s.Knockout.Seed}
		}
		out = append(out, it)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func writeItems(w io.Writer, items []canon.Status) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range items {
		erratum := ""
		if s.Erratum != "" {
			erratum = "erratum"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.State, s.ID, erratum, proof(s), strings.Join(s.Rules, " "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	c := count{}
	for _, s := range items {
		c[s.State]++
	}
	_, err := fmt.Fprintf(w, "%d items: %d caught, %d verified, %d built, %d open\n",
		len(items), c[canon.Caught], c[canon.Verified], c[canon.Built], c[canon.Open])
	return err
}

// writeStatements prints each item at length.
func writeStatements(w io.Writer, items []canon.Status) error {
	for _, s := range items {
		says := s.Says
		if s.Truth != nil {
			says = fmt.Sprintf("%s (This is %v.)", says, *s.Truth)
		}
		lines := [][2]string{
			{"", says}, {"erratum", s.Erratum}, {"shown", s.Show}, {"without", s.Item.Knockout},
			{"rules", strings.Join(s.Rules, " ")}, {"experiments", strings.Join(s.Experiments, " ")},
		}
		if k := s.Knockout; k != nil && k.Caught {
			lines = append(lines, [2]string{"caught", strings.TrimSuffix(fmt.Sprintf("by %s, seed %d: %s", k.Experiment, k.Seed, k.Violation), ": ")})
		}
		if _, err := fmt.Fprintf(w, "%s  %s, %s\n", s.ID, s.State, s.Kind); err != nil {
			return err
		}
		for _, l := range lines {
			if l[1] != "" {
				fmt.Fprintf(w, "  %-12s%s\n", l[0], l[1])
			}
		}
		fmt.Fprintln(w)
	}
	return nil
}

// proof says over how many seeds an item held, and what became of its rule.
func proof(s canon.Status) string {
	if s.Seeds == 0 {
		return "-"
	}
	text := fmt.Sprintf("held over %d seeds", s.Seeds)
	switch {
	case s.Knockout == nil:
	case s.Knockout.Caught:
		text += fmt.Sprintf(", knocked out and caught at seed %d", s.Knockout.Seed)
	default:
		text += ", knocked out and missed"
	}
	return text
}

// count is the number of items in each state.
type count map[canon.State]int

func writeCounts(w io.Writer, items []canon.Status) error {
	type place struct{ chapter, system string }
	var order []place
	counts := map[place]count{}
	total := count{}
	for _, s := range items {
		p := place{s.Chapter, s.System}
		if counts[p] == nil {
			counts[p] = count{}
			order = append(order, p)
		}
		counts[p][s.State]++
		total[s.State]++
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "chapter\tsystem\titems\topen\tbuilt\tverified\tcaught\t")
	row := func(chapter, system string, c count) {
		sum := c[canon.Open] + c[canon.Built] + c[canon.Verified] + c[canon.Caught]
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t\n", chapter, system, sum,
			c[canon.Open], c[canon.Built], c[canon.Verified], c[canon.Caught])
	}
	last := ""
	for _, p := range order {
		chapter := p.chapter
		if chapter == last {
			chapter = ""
		}
		last = p.chapter
		row(chapter, p.system, counts[p])
	}
	row("all", "", total)
	return t.Flush()
}
