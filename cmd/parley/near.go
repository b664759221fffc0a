package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/kernel/experiment"
)

// meant returns what to say after a name that nothing has: those known names that
// differ from it in few letters, or "".
func meant(typed string, known []string) string {
	best, near := 2+len(typed)/8, []string(nil)
	for _, name := range known {
		switch d := edits(strings.ToLower(typed), strings.ToLower(name)); {
		case d < best:
			best, near = d, []string{name}
		case d == best && !slices.Contains(near, name):
			near = append(near, name)
		}
	}
	if len(near) == 0 || len(near) > 3 {
		return ""
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// edits counts the letters to insert, remove or replace that make one text of
// another.
func edits(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replace := diagonal
			if from[i] != to[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// selectExperiments is experiment.Select for what a person typed.
func selectExperiments(name string) ([]*experiment.Experiment, error) {
	found, err := experiment.Select(name)
	if err == nil {
		return found, nil
	}
	var ids []string
	for _, e := range experiment.All() {
		ids = append(ids, e.System, e.ID())
	}
	system, _, one := strings.Cut(name, "/")
	siblings, unknown := experiment.Select(system)
	hint := meant(name, ids)
	if !one || unknown != nil {
		return nil, fmt.Errorf("%w%s", err, hint)
	}
	var names []string
	for _, e := range siblings {
		names = append(names, e.Name)
	}
	return nil, fmt.Errorf("%s has no experiment called %q; it has %s%s", system, name[len(system)+1:], strings.Join(names, ", "), hint)
}

// knownItems returns whatever names items of the canon: systems, chapters, ids, and
// the beginnings of ids.
func knownItems(items []canon.Item) (names []string) {
	for _, it := range items {
		names = append(names, it.System, it.Chapter, it.ID)
		for id := it.ID; strings.Contains(id, "."); names = append(names, id) {
			id = id[:strings.LastIndex(id, ".")]
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
