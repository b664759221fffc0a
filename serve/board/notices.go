package board

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// notices are what was delivered at a replica, in that order: the application of its
// member (multicast.Application). Entries are not changed once they are in.
type notices struct {
	list []notice
	seen []uint64 // of each replica's posts
}

var _ = wire.Register[shown]("board.notices")

// shown is notices in a checkpoint.
type shown struct {
	List []notice `wire:"1"`
	Seen []uint64 `wire:"2"`
}

func newNotices(replicas int) *notices { return &notices{seen: make([]uint64, replicas)} }

// Deliver implements multicast.Application. A body that is no post comes from a replica
// of another version; its place is kept.
func (n *notices) Deliver(d multicast.Delivery) {
	m, err := wire.Unmarshal(d.Body)
	p, ok := m.(*post)
	if err != nil || !ok || p.ReplyTo != nil && (p.ReplyTo.Replica < 0 || p.ReplyTo.Replica >= len(n.seen)) {
		p = &post{Author: "?", Text: fmt.Sprintf("(%d bytes that this replica cannot read)", len(d.Body))}
	}
	if d.From < len(n.seen) {
		n.seen[d.From] = d.Number
	}
	n.list = append(n.list, notice{ID{d.From, d.Number}, p})
	if len(n.list) > MaxPosts {
		n.list = append([]notice(nil), n.list[len(n.list)-MaxPosts*3/4:]...) // a copy now and then, not for each
	}
}

// find returns a post, nil if it is not here.
func (n *notices) find(id ID) *post {
	at := slices.IndexFunc(n.list, func(e notice) bool { return e.ID == id })
	if at < 0 {
		return nil
	}
	return n.list[at].Post
}

// Snapshot implements multicast.Application.
func (n *notices) Snapshot() []byte {
	b, err := wire.Marshal(&shown{n.list, n.seen})
	if err != nil {
		panic(fmt.Sprintf("board: encode notices: %v", err))
	}
	return b
}

// Restore implements multicast.Application.
func (n *notices) Restore(snapshot []byte) error {
	m, err := wire.Unmarshal(snapshot)
	if err != nil {
		return err
	}
	s, ok := m.(*shown)
	if !ok || len(s.Seen) != len(n.seen) {
		return errors.New("board: a snapshot of another board")
	}
	n.list, n.seen = s.List, s.Seen
	return nil
}
