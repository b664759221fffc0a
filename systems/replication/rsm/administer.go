package rsm

import (
	"github.com/parleysystems/parley/node"
)

// Reconfigure makes members the whole membership and runs done once that is
// decided. Any replica passes it on to the leader. See Reconfigurer for errors.
func (r *Replica) Reconfigure(members []Member, done func(error)) {
	r.administer(&Administer{Members: members}, done)
}

// Transfer makes the member to the leader, and runs done once it leads. Any
// replica passes it on to the present leader. See Transferrer for errors.
func (r *Replica) Transfer(to node.Addr, done func(error)) {
	r.administer(&Administer{Transfer: to}, done)
}

func (r *Replica) administer(m *Administer, done func(error)) {
	switch {
	case r.Leading():
		r.administerHere(m, done)
	case r.leader == "":
		done(ErrNoLeader)
	default:
		r.env.Go(func(t node.Task) { done(askLeader(t, r.leader, m, r.cfg)) })
	}
}

func askLeader(t node.Task, leader node.Addr, m *Administer, cfg Config) error {
	answer, err := t.Call(leader, m, cfg.Timeout)
	if a, ok := answer.(*Administered); ok && err == nil {
		return a.Code.Err()
	}
	return ErrUnknown
}

func (r *Replica) administerHere(m *Administer, done func(error)) {
	reconfigurer, canReconfigure := r.engine.(Reconfigurer)
	transferrer, canTransfer := r.engine.(Transferrer)
	switch {
	case len(m.Members) > 0 && canReconfigure:
		reconfigurer.Reconfigure(m.Members, done)
	case m.Transfer != "" && canTransfer:
		transferrer.Transfer(m.Transfer, done)
	default:
		done(ErrRefused)
	}
}

func (r *Replica) onAdminister(from node.Addr, m *Administer) {
	answer := func(err error) { r.env.Send(from, &Administered{Code: CodeOf(err)}) }
	if !r.Leading() {
		answer(ErrNotLeader)
		return
	}
	r.administerHere(m, answer)
}
