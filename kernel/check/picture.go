package check

import (
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/parleysystems/parley/kernel/workload"
)

// Picture is a history laid out for looking at: every operation as an interval,
// and for each object the order that explains it, or where there is none.
type Picture struct {
	Operations []Interval `json:"operations"`
	Objects    []Object   `json:"objects"`
}

// Interval is an operation as a client saw it. Return is -1 if no answer came.
type Interval struct {
	Client  int              `json:"client"`
	Call    time.Duration    `json:"call"`
	Return  time.Duration    `json:"return"`
	Outcome workload.Outcome `json:"outcome"`
	Key     string           `json:"key"`
	Text    string           `json:"text"`
	Err     string           `json:"err,omitempty"`
}

// Object is what the search for an order found for one object.
type Object struct {
	Key     string  `json:"key"`
	Verdict Verdict `json:"verdict"`
	// Order lists operations by ID in an order that is legal: all of them that
	// took effect or, after a Violation, those before the first answer that fits
	// nowhere. States has the state after each.
	Order  []int    `json:"order"`
	States []string `json:"states"`
	// Stuck is the operation whose answer fits nowhere; -1 if there is none.
	Stuck int `json:"stuck"`
	// Witness lists the operations that show it, the stuck one last, and Reason
	// says how.
	Witness []int  `json:"witness,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Draw lays out a history by the rules of Linearizable.
func Draw[S comparable, In, Out any](m Model[S, In, Out], h workload.History[In, Out], o Options) Picture {
	p := Picture{Operations: make([]Interval, len(h)), Objects: []Object{}}
	for i := range h {
		op := &h[i]
		p.Operations[i] = Interval{
			Client: op.Client, Call: op.Call, Return: op.Return, Outcome: op.Outcome,
			Key: m.key(op.In), Text: m.describe(op.In, output(op)), Err: op.Err,
		}
		if op.Return == workload.Never {
			p.Operations[i].Return = -1
		}
	}
	for _, part := range split(m, h) {
		p.Objects = append(p.Objects, drawObject(m, part, o, p.Operations))
	}
	return p
}

func drawObject[S comparable, In, Out any](m Model[S, In, Out], p *part[In, Out], o Options, all []Interval) Object {
	object := Object{Key: p.key, Order: []int{}, States: []string{}, Stuck: -1}
	explained := p.ops
	switch porcupine.CheckOperationsTimeout(porcupineModel(m), operations(p.ops), o.timeout()) {
	case porcupine.Ok:
		object.Verdict = OK
	case porcupine.Unknown:
		return object
	default:
		object.Verdict = Violation
		returns, first := breaking(m, p, o)
		object.Stuck = answered(p.ops, returns[first])
		explained = nil
		if first > 0 {
			explained = prefix(p.ops, returns[first-1])
		}
	}
	order, _ := Linearization(m, explained, o)
	states := []S{m.Init}
	for n, i := range order {
		state, _ := m.Step(states[n], explained[i].In, output(&explained[i]))
		states = append(states, state)
		object.Order = append(object.Order, explained[i].ID)
		object.States = append(object.States, stateText(state))
	}
	if i := slices.IndexFunc(p.ops, func(op workload.Operation[In, Out]) bool { return op.ID == object.Stuck }); i >= 0 {
		object.witness(after[S, In, Out]{m, states, &p.ops[i]}, all)
	}
	return object
}

// answered returns the operation whose answer arrived at that time.
func answered[In, Out any](ops []workload.Operation[In, Out], at time.Duration) int {
	for i := range ops {
		if ops[i].Outcome == workload.OK && ops[i].Return == at {
			return ops[i].ID
		}
	}
	return -1
}
