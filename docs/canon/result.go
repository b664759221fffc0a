package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Run is what one campaign of one experiment found.
type Run struct {
	Experiment string   `json:"experiment"`
	Items      []string `json:"items"`   // what the experiment verifies
	Seeds      int      `json:"seeds"`   // how many different seeds ran
	Failed     int      `json:"failed"`  // seeds that violated something
	Unknown    int      `json:"unknown"` // seeds without a verdict
	// Commit is what ran; a "+" behind it says that the checkout had changes.
	Commit string `json:"commit,omitempty"`
}

// held tells whether the run may count as a proof of anything.
func (r Run) held() bool { return r.Seeds > 0 && r.Failed == 0 && r.Unknown == 0 }

// Knockout is what experiments noticed of a rule's removal.
type Knockout struct {
	Item       string `json:"item"`
	Experiment string `json:"experiment,omitempty"` // which noticed
	Caught     bool   `json:"caught"`
	Seed       uint64 `json:"seed,omitempty"`  // the first seed that failed
	Tried      int    `json:"tried,omitempty"` // seeds run in all
	Rule       string `json:"rule,omitempty"`  // "file:line" of what was taken out
	Violation  string `json:"violation,omitempty"`
	Commit     string `json:"commit,omitempty"`
}

// harder tells whether a is the one that speaks less for the experiments.
func (a Knockout) harder(b Knockout) bool {
	if a.Caught != b.Caught {
		return !a.Caught
	}
	return a.Tried > b.Tried
}

// Results is one file of results/: what is on record for one system, by the runs
// of its experiments and the knock-outs of rules in its code. Runs are sorted by
// experiment, knock-outs by item, one of each. Several systems may have rules of
// one item, each with a knock-out in its own file.
type Results struct {
	Runs      []Run      `json:"runs"`
	Knockouts []Knockout `json:"knockouts"`
}

// AddRun puts r in the place of an earlier run of the same experiment, unless
// that one held as well and over more seeds.
func (rs *Results) AddRun(r Run) {
	i, found := slices.BinarySearchFunc(rs.Runs, r.Experiment, func(have Run, name string) int {
		return strings.Compare(have.Experiment, name)
	})
	switch {
	case !found:
		rs.Runs = slices.Insert(rs.Runs, i, r)
	case !r.held() || !rs.Runs[i].held() || r.Seeds >= rs.Runs[i].Seeds:
		rs.Runs[i] = r
	}
}

// AddKnockout puts k in the place of an earlier knock-out of the same item.
func (rs *Results) AddKnockout(k Knockout) {
	i, found := slices.BinarySearchFunc(rs.Knockouts, k.Item, func(have Knockout, id string) int {
		return strings.Compare(have.Item, id)
	})
	if !found {
		rs.Knockouts = slices.Insert(rs.Knockouts, i, k)
		return
	}
	rs.Knockouts[i] = k
}

// ReadResults returns the record of one system; a missing file is an empty one.
func ReadResults(dir fs.FS, system string) (Results, error) {
	text, err := fs.ReadFile(dir, system+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return Results{}, nil
	}
	if err != nil {
		return Results{}, fmt.Errorf("canon: results of %s: %w", system, err)
	}
	var rs Results
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rs); err != nil {
		return Results{}, fmt.Errorf("canon: results of %s: %w", system, err)
	}
	return rs, nil
}

// WriteResults replaces the record of one system in the checkout at root.
func WriteResults(root, system string, rs Results) error {
	text, err := json.MarshalIndent(rs, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(root, "docs", "canon", "results", system+".json")
	return os.WriteFile(name, append(text, '\n'), 0o644)
}
