package canon

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed chapter/*.yaml rules.json results
var embedded embed.FS

// State says how far the proof of an item has come. Each state includes the
// ones before it.
type State string

// The states of an item.
const (
	Open     State = "open"
	Built    State = "built"
	Verified State = "verified"
	Caught   State = "caught"
)

// Status is an item with the state of its proof.
type Status struct {
	Item
	State       State
	Rules       []string // "file:line" of each //parley:rule that names it
	Experiments []string // registered experiments that name it
	Seeds       int      // over which a recorded run held
	Knockout    *Knockout
}

// Ledger is all items and all that is on record about them.
type Ledger struct {
	items   []Item
	rules   map[string][]string
	results map[string]Results // by system
}

// Load returns the ledger that the binary was built with.
func Load() (*Ledger, error) { return Read(embedded) }

// Read returns the ledger of a directory laid out like docs/canon. It refuses
// one in which rules or results name an id that no item has.
func Read(dir fs.FS) (*Ledger, error) {
	chapters, err := fs.Sub(dir, "chapter")
	if err != nil {
		return nil, err
	}
	l := &Ledger{}
	if l.items, err = parse(chapters); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(dir, "rules.json")
	if err != nil {
		return nil, fmt.Errorf("canon: %w", err)
	}
	if err := json.Unmarshal(text, &l.rules); err != nil {
		return nil, fmt.Errorf("canon: rules.json: %w", err)
	}
	if err := l.readResults(dir); err != nil {
		return nil, err
	}
	return l, l.check()
}

func (l *Ledger) readResults(dir fs.FS) error {
	results, err := fs.Sub(dir, "results")
	if err != nil {
		return err
	}
	names, err := fs.Glob(results, "*.json")
	if err != nil {
		return err
	}
	l.results = map[string]Results{}
	for _, name := range names {
		system := strings.TrimSuffix(path.Base(name), ".json")
		if l.results[system], err = ReadResults(results, system); err != nil {
			return err
		}
	}
	return nil
}

// check keeps I2.
func (l *Ledger) check() error {
	for id := range l.rules {
		if !l.Has(id) {
			return fmt.Errorf("canon: rules.json names %s, which no chapter has", id)
		}
	}
	for _, rs := range l.results {
		for _, r := range rs.Runs {
			for _, id := range r.Items {
				if !l.Has(id) {
					return fmt.Errorf("canon: results: experiment %s names %s, which no chapter has", r.Experiment, id)
				}
			}
		}
		for _, k := range rs.Knockouts {
			if !l.Has(k.Item) {
				return fmt.Errorf("canon: results: a knock-out names %s, which no chapter has", k.Item)
			}
		}
	}
	return nil
}

// Has tells whether an item has that id.
func (l *Ledger) Has(id string) bool {
	return slices.ContainsFunc(l.items, func(it Item) bool { return it.ID == id })
}

// Items returns all items, in the order of the chapters' names.
func (l *Ledger) Items() []Item { return l.items }

// Status returns the state of every item. experiments maps the id of an item
// to the names of the registered experiments that verify it.
func (l *Ledger) Status(experiments map[string][]string) []Status {
	all := make([]Status, 0, len(l.items))
	for _, it := range l.items {
		s := Status{Item: it, Rules: l.rules[it.ID], Experiments: experiments[it.ID]}
		s.Seeds, s.Knockout = l.recorded(it.ID, s.Experiments)
		s.State = s.state()
		all = append(all, s)
	}
	return all
}

// recorded counts only runs of experiments that still exist and still name the
// item, and knock-outs of rules that still do: a record outlives neither. Of an
// item that several systems enforce, the knock-out that was hardest to notice
// stands for all.
func (l *Ledger) recorded(id string, experiments []string) (seeds int, knockout *Knockout) {
	for _, system := range slices.Sorted(maps.Keys(l.results)) {
		for _, r := range l.results[system].Runs {
			if r.held() && slices.Contains(r.Items, id) && slices.Contains(experiments, r.Experiment) {
				seeds += r.Seeds
			}
		}
		for _, k := range l.results[system].Knockouts {
			ofSystem := func(place string) bool { return SystemOf(place) == system }
			if k.Item == id && slices.ContainsFunc(l.rules[id], ofSystem) && (knockout == nil || k.harder(*knockout)) {
				knockout = &k
			}
		}
	}
	return seeds, knockout
}

// Knockout returns the knock-out on record that speaks least for an item's
// experiments; nil if there is none.
func (l *Ledger) Knockout(id string) *Knockout {
	_, k := l.recorded(id, nil)
	return k
}

// SystemOf returns the system that a file of the module belongs to, by which
// knock-outs are recorded: "raft" for systems/consensus/raft/..., and "check" for
// kernel/check/....
func SystemOf(file string) string {
	parts := strings.Split(file, "/")
	switch {
	case parts[0] == "systems" && len(parts) > 3:
		return parts[2]
	case len(parts) > 2:
		return parts[1]
	}
	return parts[0]
}

func (s Status) state() State {
	switch {
	case s.Seeds > 0 && s.Knockout != nil && s.Knockout.Caught:
		return Caught
	case s.Seeds > 0:
		return Verified
	case len(s.Rules) > 0 || len(s.Experiments) > 0:
		return Built
	}
	return Open
}
