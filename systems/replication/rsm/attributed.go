package rsm

import (
	"container/list"
	"encoding/binary"

	"github.com/parleysystems/parley/node"
)

// ApplyFrom executes what a member had ordered that may be a liar. It can do what
// its own clients may do: open sessions, run commands in them, spoil them.
func (a *applier) ApplyFrom(origin node.Addr, index Index, command []byte) {
	r := (*Replica)(a)
	if wellFormed(command) != nil {
		command = nil
	}
	own := origin == r.env.Self()
	_ = r.apply(index, command, func(index Index, it item) { // well formed
		if it.opens() {
			id := r.sessions.openFor(origin, index, it)
			if own {
				r.opened(it.seq, id)
			}
			return
		}
		var result []byte
		err := ErrSessionExpired
		//parley:rule pbft.smr.same-requests-same-order pbft.client.faulty-clients value=true
		may := r.sessions.ownedBy(origin, it.session)
		if may {
			result, err = r.sessions.execute(it, func(body []byte) []byte { return r.machine.Apply(index, body) })
		}
		if own {
			r.executed(it, result, err)
		}
	})
}

// maxOwned bounds the sessions of one owner.
const maxOwned = 1 << 14

// openFor makes a session of one owner. Those of others do not expire for it.
func (t *sessions) openFor(owner node.Addr, index Index, it item) uint64 {
	count := 0
	var oldest *list.Element
	for e := t.used.Back(); e != nil; e = e.Prev() {
		if e.Value.(*session).owner == owner {
			oldest = e
			count++
		}
	}
	if count >= int(max(1, min(it.bound(), maxOwned))) {
		t.expire(oldest)
	}
	id := t.name(index, it)
	t.insert(&session{id: id, owner: owner})
	return id
}

func (t *sessions) ownedBy(owner node.Addr, id uint64) bool {
	s := t.byID[id]
	return s != nil && s.owner == owner
}

func (t *sessions) encodeOwners(b []byte) []byte {
	owned := false
	for e := t.used.Front(); e != nil; e = e.Next() {
		owned = owned || e.Value.(*session).owner != ""
	}
	for e := t.used.Front(); e != nil && owned; e = e.Next() {
		owner := e.Value.(*session).owner
		b = binary.AppendUvarint(b, uint64(len(owner)))
		b = append(b, owner...)
	}
	return b
}

func (t *sessions) decodeOwners(d *decoder) {
	for e := t.used.Front(); e != nil; e = e.Next() {
		n := d.count()
		e.Value.(*session).owner = node.Addr(d.b[:n])
		d.b = d.b[n:]
	}
}
