package rafttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

// Membership changes the members all the time and splits the group while it
// happens.
var Membership = aim{
	name:  "membership",
	hosts: "6",
	question: `Can two majorities decide independently while the membership changes? Six hosts, of which one to
four are members at a time; an administrator asks for a new set, often a disjoint one, every few hundred
milliseconds under load. When a configuration is proposed or a leader elected, the network splits, or the
leader dies, or is cut off. No term may have two leaders and no committed entry may be lost, and in the
end the group must come to rest in one configuration.`,
	canon: []string{
		"raft.config.direct-switch-unsafe", "raft.config.joint-consensus", "raft.config.joint-consensus.elections", "raft.config.applied-on-receipt",
		"raft.config.excluded-leader-steps-down", "raft.safety.leader-completeness",
	},
	sometimes: []string{"membership changed", "three leaders or more"},
	draw: func(k *sim.Knobs, t *trial) {
		names := hostNames(6)
		n := k.Int("members", 1, 4)
		t.config.Hosts, t.config.Spare = names[:n], names[n:]
		t.config.Raft.NoPreVote, t.config.Raft.NoCheckQuorum = k.Chance("no-pre-vote", 0.5), k.Chance("no-check-quorum", 0.6)
		t.config.Raft.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 64)
		t.load.Each, t.load.Think = 150, 20*time.Millisecond
		t.load.Patience = time.Second
		every := k.Duration("every", 100*time.Millisecond, 600*time.Millisecond)
		for at, i := every, 0; at < t.duration; at, i = at+every, i+1 {
			name := fmt.Sprintf("set %d ", i)
			set := drawSet(k, name, names)
			for j := range k.Int(name+"asked", 1, 3) {
				t.faults("at %v members %s ask %s", at+time.Duration(j)*time.Millisecond,
					strings.Join(set, ","), sim.Choose(k, fmt.Sprint(name, "ask", j), names...))
			}
		}
		t.trouble(k)
	},
}.register()

// drawSet draws one to four hosts.
func drawSet(k *sim.Knobs, name string, hosts []string) []string {
	var set []string
	from, n := k.Int(name+"from", 0, len(hosts)-1), k.Int(name+"size", 1, 4)
	for i := range n {
		set = append(set, hosts[(from+i)%len(hosts)])
	}
	return set
}

// trouble strikes at the moments when configurations and leaders change.
func (t *trial) trouble(k *sim.Knobs) {
	span := k.Duration("span", 50*time.Millisecond, 800*time.Millisecond)
	for i, moment := range []string{`note "configuration"`, `note "lead"`, "send raft.AppendEntries"} {
		name := fmt.Sprintf("trouble %d ", i)
		p := sim.Choose(k, name+"chance", 0.1, 0.3, 0.6)
		if i == 2 {
			p /= 100
		}
		switch k.Int(name+"sort", 0, 5) {
		case 0:
			t.faults("from 0s to 2.5s on %s of * with %.4f for %v partition halves %s", moment, p, span, t.halves(k, name))
		case 1:
			t.faults("from 0s to 2.5s on %s of * with %.4f for %v partition isolate it", moment, p, span)
		case 2:
			t.faults("from 0s to 2.5s on %s of * with %.4f crash; restart after %v", moment, p, span)
		case 3:
			t.faults("from 0s to 2.5s on %s of * with %.4f for %v pause it", moment, p, span)
		case 4:
			t.faults("from 0s to 2.5s on %s of * with %.4f for %v partition one-way it -> %s", moment, p, span,
				sim.Choose(k, name+"victim", t.hosts()...))
		}
	}
	if k.Chance("lossy", 0.4) {
		t.faults("from 0s to 2.5s loss %.2f links *", sim.Choose(k, "loss", 0.02, 0.1, 0.25))
	}
}
