package player

import "github.com/parleysystems/parley/kernel/experiment"

// Experiment is what a page needs to know of one.
type Experiment struct {
	ID       string   `json:"id"`
	System   string   `json:"system"`
	Name     string   `json:"name"`
	Question string   `json:"question"`
	Hosts    string   `json:"hosts"`
	Canon    []string `json:"canon"`
	Params   []Param  `json:"params"`
	Once     bool     `json:"once"` // one seed says it all
}

// Param is a parameter that can be set.
type Param struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	Kind string `json:"kind"` // int, duration or text
}

var paramKinds = map[experiment.ParamKind]string{
	experiment.Int: "int", experiment.Duration: "duration", experiment.Text: "text",
}

// List returns all experiments, sorted by ID.
func List() []Experiment {
	list := []Experiment{}
	for _, e := range experiment.All() {
		x := Experiment{
			ID: e.ID(), System: e.System, Name: e.Name, Question: e.Question,
			Hosts: e.Hosts, Canon: append([]string{}, e.Canon...), Params: []Param{}, Once: e.Once, // no null for a page
		}
		for _, p := range e.Params {
			x.Params = append(x.Params, Param{p.Name, p.Doc, paramKinds[p.Kind]})
		}
		list = append(list, x)
	}
	return list
}
