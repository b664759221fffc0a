package pbfttest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// Hiding tells of nothing that it prepared or accepted, when it asks for a view: it
// cannot be convicted of that, for it might have missed it all.
var Hiding = Adversary{Name: "hiding", Send: func(l *Liar, to node.Addr, m node.Message) {
	if c, ok := m.(*pbft.ViewChange); ok {
		silent := *c
		silent.Prepared, silent.Seen = nil, nil
		l.Say(to, &silent)
		return
	}
	l.Pass(to, m)
}}

// Hidden has a replica keep from new views what was prepared.
var Hidden = register(aim{
	name: "hidden", hosts: "4", enough: 3,
	question: `Can one replica make the others forget? It votes for every batch, and when a view changes it tells of none. Whoever has just sent a commit may be cut off for a
moment, so that the new view is made of the reports of the liar and of those who did not hear of it: a batch that somebody has executed must keep its number all the
same, since among any 2f+1 reports there is one of a correct replica that has prepared it.`,
	canon:     []string{"pbft.viewchange.committed-operations-survive", "pbft.viewchange.request-and-ack", "pbft.quorum.overlap"},
	sometimes: []string{"view changed"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config = pbft.Config{
			ViewTimeout: 60 * time.Millisecond, StatusInterval: 25 * time.Millisecond, CheckpointInterval: sim.Choose(k, "interval", 4, 16, 128),
		}
		t.Config.Liars = map[string]Adversary{sim.Choose(k, "liar", names(4)...): Hiding}
		t.Config.Sim.Link.Delay = sim.Uniform(100*time.Microsecond, k.Duration("delay", time.Millisecond, 10*time.Millisecond))
		t.Config.Clients, t.Load.Each, t.Load.Think, t.Duration = 3, 60, 10*time.Millisecond, 1500*time.Millisecond
		plan, err := sim.Parse("from 50ms to 1500ms on send pbft.Commit of * with 0.03 for 150ms partition isolate it")
		if err != nil {
			panic(err)
		}
		t.Plan = plan
		t.Judge = func(t *Trial) error {
			t.Marks.Sometimes("view changed", t.Notes.Counts["view change"] > 0)
			return nil
		}
	},
})
