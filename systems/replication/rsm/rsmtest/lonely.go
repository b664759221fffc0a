package rsmtest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

// Lonely is how leaders are separated from those who choose the next one. Which way,
// and for how long, the seed draws: cut off in both directions or one, paused, while
// another campaigns that cannot hear them, or while they hand over.
type Lonely struct {
	// Heartbeat is the message by which a leader shows that it is there. When one is
	// sent the leader may become lonely.
	Heartbeat string
	// Campaign is the note of a host that wants to lead.
	Campaign string
	// HandOver is the message that asks another to lead, whose sender becomes deaf, or
	// empty: then leaders become deaf at heartbeats while they hand over.
	HandOver string
}

// lonelyUntil is when leaders have company again; a trial that aims goes on until 3 s.
const lonelyUntil = 2500 * time.Millisecond

const whileLonely = "from 0s to 2.5s "

// LonelySpan is for how long a leader is lonely, by the knob "span".
func LonelySpan(k *sim.Knobs) time.Duration {
	return k.Duration("span", 60*time.Millisecond, 400*time.Millisecond)
}

// Lonely adds the faults that make leaders lonely.
func (t *Trial) Lonely(k *sim.Knobs, l Lonely) {
	span, chance := LonelySpan(k), sim.Choose(k, "chance", 0.0005, 0.002)
	when := whileLonely + "on send " + l.Heartbeat + " of "
	switch sim.Choose(k, "lonely", "isolated", "deaf", "paused", "campaign", "transfer") {
	case "isolated":
		t.Faults(when+"* with %.4f for %v partition isolate it", chance, span)
	case "deaf":
		t.Faults(when+"* with %.4f for %v partition one-way * -> it", chance, span)
	case "paused":
		t.Faults(when+"* with %.4f for %v pause it", chance, span)
	case "campaign":
		// c no longer hears the leader, asks the third, which still does, and the
		// leader does not hear of it: if the third agreed, two would lead.
		t.Config.Hosts = Names(3)
		t.Faults(when+"a,b with %.4f for %v partition halves it | c", chance, span)
		t.Faults(whileLonely+"on note %q of c for 80ms partition halves a | b", l.Campaign)
	case "transfer":
		t.handOver(k)
		if l.HandOver == "" {
			t.Faults(when+"* with %.4f for %v partition one-way * -> it", chance, span)
		} else {
			t.Faults(whileLonely+"on send %s of * with 0.7 for %v partition one-way * -> it", l.HandOver, span)
		}
	}
}

// handOver has leadership handed over again and again, to anybody, by anybody's wish.
func (t *Trial) handOver(k *sim.Knobs) {
	for at := 100 * time.Millisecond; at < lonelyUntil; at += 150 * time.Millisecond {
		to := sim.Choose(k, "to "+at.String(), t.Config.Hosts...)
		t.Faults("at %v transfer %s ask %s", at, to, sim.Choose(k, "ask "+at.String(), t.Config.Hosts...))
	}
}
