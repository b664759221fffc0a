package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/knockout/mutant"
)

// recordKnockouts puts outcomes on record, in a file for each system whose code
// has the rules. An item that several rules of a system enforce is caught if each
// of them is; the one that took longest stands for all.
func recordKnockouts(root string, outcomes []mutant.Outcome) error {
	hardest := map[string]map[string]mutant.Outcome{} // by system and item
	for _, o := range outcomes {
		system := canon.SystemOf(o.Rule.File)
		if hardest[system] == nil {
			hardest[system] = map[string]mutant.Outcome{}
		}
		for _, id := range o.Rule.IDs {
			if before, known := hardest[system][id]; !known || harder(o, before) {
				hardest[system][id] = o
			}
		}
	}
	commit := commitOf(root)
	for system, byItem := range hardest {
		results, err := canon.ReadResults(os.DirFS(root+"/docs/canon/results"), system)
		if err != nil {
			return err
		}
		for id, o := range byItem {
			results.AddKnockout(canon.Knockout{
				Item: id, Experiment: o.Experiment, Caught: o.Caught, Seed: o.Seed, Tried: int(o.Tried),
				Rule: placeOf(o.Rule), Violation: headline(o.Violation), Commit: commit,
			})
		}
		if err := canon.WriteResults(root, system, results); err != nil {
			return err
		}
	}
	return nil
}

func harder(a, b mutant.Outcome) bool {
	if a.Caught != b.Caught {
		return !a.Caught
	}
	return cmp.Compare(a.Tried, b.Tried) > 0
}

func placeOf(r *mutant.Rule) string { return fmt.Sprintf("%s:%d", r.File, r.Line) }

// headline is the part of a violation that goes on record.
func headline(violation string) string {
	const most = 300
	line, _, _ := strings.Cut(violation, "\n")
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "..."
	}
	return line
}

// known returns the run that is on record for one of the rule's items, if its
// record is of this rule.
func known(root string, rules []*mutant.Rule) (func(*mutant.Rule) (mutant.Known, bool), error) {
	records := map[string]canon.Results{}
	for _, r := range rules {
		system := canon.SystemOf(r.File)
		if _, read := records[system]; read {
			continue
		}
		results, err := canon.ReadResults(os.DirFS(root+"/docs/canon/results"), system)
		if err != nil {
			return nil, err
		}
		records[system] = results
	}
	return func(r *mutant.Rule) (mutant.Known, bool) {
		for _, k := range records[canon.SystemOf(r.File)].Knockouts {
			if k.Caught && slices.Contains(r.IDs, k.Item) && (k.Rule == "" || recorded(rules, k) == r) {
				return mutant.Known{Experiment: k.Experiment, Seed: k.Seed, Tried: uint64(k.Tried)}, true
			}
		}
		return mutant.Known{}, false
	}, nil
}

// recorded returns the rule that a record is about: of those of the item in the
// file, the one nearest to where it stood. Without such a record it is the item's
// first, and nil if the item has none.
func recorded(rules []*mutant.Rule, k canon.Knockout) *mutant.Rule {
	file, number, _ := strings.Cut(k.Rule, ":")
	line, _ := strconv.Atoi(number) // 0 is as good as any
	var best *mutant.Rule
	far := func(r *mutant.Rule) (bool, int) { return r.File != file, max(r.Line-line, line-r.Line) }
	for _, r := range rules {
		if !slices.Contains(r.IDs, k.Item) {
			continue
		}
		if best == nil {
			best = r
			continue
		}
		otherFile, lines := far(r)
		bestOther, bestLines := far(best)
		if !otherFile && (bestOther || lines < bestLines) {
			best = r
		}
	}
	return best
}
