package canon

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Kind says what sort of thing an item states.
type Kind string

// The kinds of items.
const (
	Mechanism Kind = "mechanism" // how something works
	Guarantee Kind = "guarantee" // what always holds
	Failure   Kind = "failure"   // what goes wrong without it
	Tradeoff  Kind = "tradeoff"  // what is paid for what
	Figure    Kind = "figure"    // a number to be met
	Interface Kind = "interface" // what callers see
	Claim     Kind = "claim"     // true or false, see Truth
)

var kinds = []Kind{Mechanism, Guarantee, Failure, Tradeoff, Figure, Interface, Claim}

// Item is one testable statement.
type Item struct {
	ID      string `yaml:"id"`      // "raft.commit.current-term-only"
	System  string `yaml:"system"`  // the first part of the id, as a rule
	Kind    Kind   `yaml:"kind"`    //
	Says    string `yaml:"says"`    // the statement
	Truth   *bool  `yaml:"truth"`   // of a Claim: whether it is true
	Show    string `yaml:"show"`    // the experiment that demonstrates it
	Section string `yaml:"section"` // where the course has it

	Knockout string `yaml:"knockout,omitempty"` // what to take out, and what then breaks
	Erratum  string `yaml:"erratum,omitempty"`  // what the source got wrong; what is right

	Chapter string `yaml:"-"` // the file's name without its extension
}

// parse reads all chapters of a directory, in the order of their names.
func parse(dir fs.FS) ([]Item, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Item
	for _, name := range names {
		items, err := parseChapter(dir, name)
		if err != nil {
			return nil, fmt.Errorf("canon: %s: %w", name, err)
		}
		all = append(all, items...)
	}
	return all, unique(all)
}

func parseChapter(dir fs.FS, name string) ([]Item, error) {
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var items []Item
	if err := decoder.Decode(&items); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i := range items {
		items[i].Chapter = strings.TrimSuffix(path.Base(name), ".yaml")
		if err := items[i].check(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// check refuses an item that could not be shown.
func (it Item) check() error {
	switch {
	case !strings.HasPrefix(it.ID, it.System+".") || strings.ContainsAny(it.ID, " \t/"):
		return fmt.Errorf("id %q is not of the form system.topic.name for the system %q", it.ID, it.System)
	case it.System == "" || it.Says == "" || it.Show == "" || it.Section == "":
		return fmt.Errorf("%s lacks one of system, says, show, section", it.ID)
	case !slices.Contains(kinds, it.Kind):
		return fmt.Errorf("%s has the unknown kind %q", it.ID, it.Kind)
	case (it.Kind == Claim) != (it.Truth != nil):
		return fmt.Errorf("%s: a claim, and nothing else, says whether it is true", it.ID)
	}
	return nil
}

func unique(items []Item) error {
	chapter := map[string]string{}
	for _, it := range items {
		if other, ok := chapter[it.ID]; ok {
			return fmt.Errorf("canon: %s stands in both %s and %s", it.ID, other, it.Chapter)
		}
		chapter[it.ID] = it.Chapter
	}
	return nil
}
