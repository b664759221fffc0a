package multipaxos

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// learnFrom learns from a leader that all slots up to chosen are (I4): what was
// accepted in its ballot is chosen then, and what was not is fetched.
func (r *Paxos) learnFrom(from node.Addr, chosen Slot) {
	if chosen <= r.chosen {
		return
	}
	//parley:rule multipaxos.leader.election-and-liveness value=min(chosen,r.votes.last())
	known := min(chosen, r.upto)
	if known > r.chosen {
		r.learn(known)
		r.apply()
	}
	if r.chosen < chosen {
		r.fetch(from, chosen)
	}
	r.comeIntoForce()
}

// learn extends the chosen prefix, whose values this replica has.
func (r *Paxos) learn(n Slot) {
	for s := r.chosen + 1; s <= n; s++ {
		if err := r.learnConfiguration(s); err != nil {
			panic(err) // a leader encoded it
		}
	}
	r.chosen = n
	r.raiseUpto()
}

// learnConfiguration takes up who accepts α slots behind s.
func (r *Paxos) learnConfiguration(s Slot) error {
	v := r.votes.at(s)
	if v.Kind != Reconfiguration {
		return nil
	}
	c, err := decodeConfiguration(v.Data)
	if err != nil {
		return fmt.Errorf("%w in slot %d", err, s)
	}
	if l := &r.leading; r.configs.learn(s, c) && l.on && l.until == 0 {
		l.until, _ = r.configs.latest()
	}
	return nil
}

// apply executes what is chosen, in order. The applier may submit, but that makes
// nothing chosen before this returns.
func (r *Paxos) apply() {
	if r.applying {
		return
	}
	r.applying = true
	for r.applied < r.chosen {
		r.applied++
		v := r.votes.at(r.applied)
		r.sinceCheckpoint += v.size()
		if v.Kind == Command {
			r.app.Apply(r.applied, v.Data)
		}
	}
	r.applying = false
	r.asking.Release(r.applied)
	r.maybeCheckpoint()
}
