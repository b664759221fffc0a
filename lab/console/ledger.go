package console

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/lab"
)

// item is a line of the canon page.
type item struct {
	ID          string    `json:"id"`
	Chapter     string    `json:"chapter"`
	System      string    `json:"system"`
	Kind        string    `json:"kind"`
	Truth       *bool     `json:"truth,omitempty"`
	Says        string    `json:"says"`
	Show        string    `json:"show"`
	Knockout    string    `json:"knockout,omitempty"`
	Erratum     string    `json:"erratum,omitempty"`
	State       string    `json:"state"`
	Seeds       int       `json:"seeds"`
	Rules       []rule    `json:"rules"`
	Experiments []string  `json:"experiments"`
	Without     *knockout `json:"without,omitempty"`
}

// rule is a line of the source, with those around it if the source is there.
type rule struct {
	Place string   `json:"place"` // "file:line"
	From  int      `json:"from,omitempty"`
	Lines []string `json:"lines,omitempty"`
}

// knockout is what was found with the item's rule taken out.
type knockout struct {
	Caught     bool   `json:"caught"`
	Experiment string `json:"experiment,omitempty"`
	Seed       uint64 `json:"seed,omitempty"`
	Violation  string `json:"violation,omitempty"`
}

// ledger returns all items in the order of the chapters.
func ledger(sources fs.FS) ([]item, error) {
	l, err := canon.Load()
	if err != nil {
		return nil, err
	}
	var all []item
	for _, s := range l.Status(lab.ByItem()) {
		it := item{
			ID: s.ID, Chapter: s.Chapter, System: s.System, Kind: string(s.Kind), Truth: s.Truth,
			Says: s.Says, Show: s.Show, Knockout: s.Item.Knockout, Erratum: s.Erratum,
			State: string(s.State), Seeds: s.Seeds, Rules: []rule{}, Experiments: s.Experiments,
		}
		for _, place := range s.Rules {
			it.Rules = append(it.Rules, quote(sources, place))
		}
		if k := s.Knockout; k != nil {
			it.Without = &knockout{Caught: k.Caught, Experiment: k.Experiment, Seed: k.Seed, Violation: k.Violation}
		}
		all = append(all, it)
	}
	return all, nil
}

// marked returns the items that a statement is marked as enforcing, by ID.
func marked() ([]string, error) {
	l, err := canon.Load()
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, s := range l.Status(nil) {
		if len(s.Rules) > 0 {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// Lines that are shown around a rule's.
const (
	linesBefore = 6
	linesAfter  = 5
)

// quote shows a rule's line. Sources that are missing or have moved on are no
// reason to show nothing at all.
func quote(sources fs.FS, place string) rule {
	r := rule{Place: place}
	name, number, _ := strings.Cut(place, ":")
	line, err := strconv.Atoi(number)
	if err != nil || sources == nil {
		return r
	}
	text, err := fs.ReadFile(sources, name)
	all := strings.Split(string(text), "\n")
	if err != nil || line > len(all) {
		return r
	}
	r.From = max(1, line-linesBefore)
	r.Lines = all[r.From-1 : min(len(all), line+linesAfter)]
	return r
}
