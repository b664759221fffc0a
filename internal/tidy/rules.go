package tidy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/docs/canon"
)

// ruleDirective marks the statement below it as what enforces items; what comes
// behind their ids is for internal/knockout.
const ruleDirective = "//parley:rule "

// Rules returns where each item of the canon is marked in the code, and the
// marks that name no item or stand in a test.
func Rules(t *Tree, ledger *canon.Ledger) (index map[string][]string, found []Finding) {
	index = map[string][]string{}
	for _, f := range t.Files {
		for _, group := range f.AST.Comments {
			for _, comment := range group.List {
				ids, ok := strings.CutPrefix(comment.Text, ruleDirective)
				if !ok {
					continue
				}
				where := t.where(comment.Pos())
				statement := t.below(comment.End())
				if f.Test {
					found = append(found, Finding{where, "a rule is marked in a test", "mark the statement that enforces it"})
				}
				for _, id := range strings.Fields(ids) {
					if id == "drop" || strings.Contains(id, "=") {
						break
					}
					if !ledger.Has(id) {
						found = append(found, Finding{where, "no item of the canon is called " + id,
							"use an id of docs/canon/chapter; grep there for the rule's words"})
						continue
					}
					index[id] = append(index[id], statement)
				}
			}
		}
	}
	return index, found
}

// FormatIndex gives rules.json its one form.
func FormatIndex(index map[string][]string) []byte {
	for _, places := range index {
		slices.Sort(places)
	}
	text, err := json.MarshalIndent(index, "", "  ") // sorts the keys
	if err != nil {
		panic(fmt.Sprintf("tidy: encode a map of strings: %v", err))
	}
	return append(text, '\n')
}
