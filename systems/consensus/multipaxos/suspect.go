package multipaxos

import "github.com/parleysystems/parley/systems/replication/rsm"

// Suspect makes this replica act as if its leader had been silent for too long. For
// experiments that choose when that happens.
func (r *Paxos) Suspect() {
	if !r.leading.on {
		r.leader = ""
		r.startCampaign(0)
		r.tell()
	}
}

// Decided returns what is chosen in a slot, kind and data, if this replica knows it
// and still holds it. For checkers.
func (r *Paxos) Decided(s rsm.Index) ([]byte, bool) {
	if s > r.chosen || r.votes.ballot(s) == 0 {
		return nil, false
	}
	v := r.votes.at(s)
	return append([]byte{byte(v.Kind)}, v.Data...), true
}
