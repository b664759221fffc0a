package rafttest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Bounds of the search for an order, which can take very long. That the order
// of execution explains the history is proof enough.
const (
	porcupineMax = 300 * time.Millisecond
	searched     = 600 // operations
)

// roles demands that in a group at rest everybody but the leader follows it.
func (t *trial) roles() error {
	leader := t.cluster.Leader()
	status := t.cluster.Replica(leader).Status()
	self := rsm.Member{Addr: node.Join(leader, Service)}
	if !slices.Contains(status.Members, self) {
		return fmt.Errorf("roles: %s leads a group at rest of which it is no voter: %v", leader, status.Members)
	}
	for _, m := range status.Members {
		s := t.cluster.Replica(m.Addr.Host()).Status()
		if s.Role != rsm.Leading && s.Leader == node.Join(leader, Service) && s.Role == rsm.Electing {
			return fmt.Errorf("roles: %s hears %s lead in term %d and still is a candidate", s.Self, leader, s.Epoch)
		}
	}
	return nil
}

// judgeHistory has both judges look at what the clients saw.
func (t *trial) judgeHistory() error {
	if t.load.Clients == 0 {
		return nil // what was executed came from a script
	}
	h := t.clients.History.History()
	order, search := t.judges.judge(h, t.clients.Commits())
	if order.Verdict == check.Violation {
		return errors.New(order.String())
	}
	if search.Verdict == check.Violation {
		return fmt.Errorf("%v\nalthough the commit order explains the history: a judge is wrong", search)
	}
	return nil
}

// judges know what the clients' objects may do.
type judges struct {
	// judge gives two judgements of a history, of which one knows the order of
	// execution.
	judge func(h History, commits []int) (order, search check.Judgement)
	// draw lays a history out for people.
	draw func(h History) check.Picture
}

func judgesOf[S comparable](m check.Keyed[S]) judges {
	limit := check.Options{Timeout: porcupineMax}
	return judges{
		judge: func(h History, commits []int) (order, search check.Judgement) {
			order = check.CommitOrder(m, h, commits)
			if order.Verdict == check.OK && len(h) <= searched {
				search = check.Linearizable(m, h, limit)
			}
			return order, search
		},
		draw: func(h History) check.Picture { return check.Draw(m, h, limit) },
	}
}
