package pbft

import (
	"github.com/parleysystems/parley/node"
)

// announce tells all known hosts this host's key of the present epoch, and, where
// keys are not a matter of configuration, who it is.
func (r *PBFT) announce() {
	for _, a := range r.group.members {
		if a != r.env.Self() {
			r.present(a)
		}
	}
	for _, a := range r.keys.hosts() {
		if _, member := r.group.id(a); !member {
			r.present(a)
		}
	}
}

func (r *PBFT) present(to node.Addr) {
	if r.cfg.Keys == nil {
		r.env.Send(to, r.keys.introduction())
	}
	r.env.Send(to, r.keys.announcement())
}

// refreshKeys begins a new epoch when the present one is old, and presents itself
// again to replicas that have been silent: they may have lost, or may not have, our
// key.
func (r *PBFT) refreshKeys() {
	if now := r.env.Elapsed(); now >= r.nextKey {
		r.newEpoch(r.keys.epoch + 1)
		r.announce()
		r.refreshed, r.nextKey = now, now+r.cfg.KeyLifetime
		return
	}
	for id, a := range r.group.members {
		if ReplicaID(id) != r.group.self && !r.spoke[id] {
			r.present(a)
		}
		r.spoke[id] = false
	}
}

func (r *PBFT) onIntroduce(from node.Addr, m *Introduce) {
	_, member := r.group.id(from.Node())
	if r.cfg.Keys != nil {
		return
	}
	if room := member || len(r.keys.peers) < r.cfg.Clients+r.group.n(); r.keys.introduce(from, m, room) {
		r.journal.saveKey(m.Host, m.Public)
		r.present(from.Node())
	} else if !member && r.keys.public(from.Node()) != nil {
		r.present(from.Node()) // who is no replica asks so until it has been answered
	}
}

func (r *PBFT) onNewKey(from node.Addr, m *NewKey) {
	news := r.keys.receive(m)
	if _, member := r.group.id(m.Host); news || !member {
		r.env.Send(from, r.keys.announcement())
	}
	r.insistOwn(m.Host)
}
