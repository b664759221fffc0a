package flptest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp"
)

// Adversary keeps Paxos from deciding.
var Adversary = consensustest.Question{
	System: "flp", Name: "adversary", Enough: 20,
	Text: `Can a scheduler keep a safe protocol undecided for as long as it likes, without a crash and without losing a message? The
seed draws inputs that differ, Paxos with or without announcements, and 20 to 400 stages. The run is replayed from
its text and judged anew: nobody decides, every process takes a step in every three stages, and a message that found
k others waiting for its receiver is received within three times k+1 stages, so that the run, gone on with, is
admissible. A scheduler that only draws what happens next decides soon from the same beginning.`,
	Canon:     []string{"flp.proof.staying-bivalent", "flp.result.weak-and-binary", "flp.result.impossibility"},
	Sometimes: []string{"all are to learn", "one is to decide", "more than a hundred stages"},
	Ask: func(a *consensustest.Answer) error {
		announced := a.IntN(2) == 0
		p, inputs := flp.Ballots(announced), flp.Inputs(3, 1+a.IntN(6))
		stages := 20 + a.IntN(80)
		if a.IntN(4) == 0 {
			stages = 100 + a.IntN(300)
		}
		a.Marks.Sometimes("all are to learn", announced)
		a.Marks.Sometimes("one is to decide", !announced)
		a.Marks.Sometimes("more than a hundred stages", stages > 100)
		adversary := flp.NewAdversary(flp.Initial(p, inputs))
		for range stages {
			if a.Cut() {
				return consensustest.ErrCut
			}
			if err := adversary.Stage(); err != nil {
				return fmt.Errorf("%v, after %d stages", err, len(adversary.Stages))
			}
		}
		a.Say(inputs, stages, len(adversary.Run))
		a.Stats["stages"], a.Stats["events without a decision"] = float64(stages), float64(len(adversary.Run))
		if err := admissible(p, inputs, adversary); err != nil {
			return err
		}
		return random(a, p, inputs)
	},
}.Register()

// sent is a message on its way: how many were ahead of it, and since which stage.
type sent struct {
	text         string
	to           flp.Process
	ahead, stage int
}

// admissible replays a run and keeps its own books of who was served.
func admissible(p flp.Protocol, inputs []flp.Value, adversary *flp.Adversary) error {
	way, err := flp.Replay(flp.Initial(p, inputs), adversary.Run.String())
	if err != nil {
		return err
	}
	stepped, at := map[flp.Process]int{}, 0
	var waiting []sent
	for stage, length := range adversary.Stages {
		for range length {
			e := adversary.Run[at]
			at++
			if way[at].Decisions() != flp.Nothing {
				return fmt.Errorf("somebody decides at event %d: %v", at, e)
			}
			stepped[e.P] = stage
			waiting = keep(waiting, e, way[at], stage)
		}
		for q := range flp.Process(p.N()) {
			if stage-stepped[q] >= p.N() {
				return fmt.Errorf("%v takes no step in stages %d to %d", q, stepped[q]+1, stage)
			}
		}
		for _, m := range waiting {
			if stage-m.stage > p.N()*(m.ahead+1) {
				return fmt.Errorf("%s to %v was sent in stage %d behind %d others, and is still on its way in stage %d", m.text, m.to, m.stage, m.ahead, stage)
			}
		}
	}
	return nil
}

// keep takes the received message off the list and puts the new ones on it.
func keep(waiting []sent, e flp.Event, after *flp.Configuration, stage int) []sent {
	if e.Message != nil {
		for i, m := range waiting {
			if m.to == e.P && m.text == e.Message.String() {
				waiting = append(waiting[:i:i], waiting[i+1:]...)
				break
			}
		}
	}
	buffer := after.Buffer()
	for _, m := range buffer[len(waiting):] {
		ahead := 0
		for _, w := range waiting {
			if w.to == m.To {
				ahead++
			}
		}
		waiting = append(waiting, sent{m.String(), m.To, ahead, stage})
	}
	return waiting
}

// random draws events until somebody decides.
func random(a *consensustest.Answer, p flp.Protocol, inputs []flp.Value) error {
	const runs, most = 20, 3000
	total := 0
	for range runs {
		c, n := flp.Initial(p, inputs), 0
		for ; c.Decisions() == flp.Nothing; n++ {
			events := c.Events()
			if n == most || len(events) == 0 {
				return fmt.Errorf("a scheduler that draws has not decided after %d events", n)
			}
			c, _ = c.Apply(events[a.IntN(len(events))])
		}
		total += n
	}
	a.Stats["events to a decision, drawn"] = float64(total) / runs
	return nil
}
