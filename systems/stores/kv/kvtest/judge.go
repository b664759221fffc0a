package kvtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Bounds of the search for an order, which can take very long. That the order
// of execution explains the history is proof enough.
const (
	searchTime = 300 * time.Millisecond
	searchMost = 600 // operations
)

var statusQuestion = kv.GetStatus{}

func leasesOf(status any) int { return status.(*kv.Status).Leases }

// judge measures all that was seen by the record of what was executed.
func (t *trial) judge() error {
	var err error
	if t.model, err = replay(t.group.Record); err != nil {
		return err
	}
	for _, judge := range []func() error{
		t.judgeHistory, t.holders.judge, t.judgeReplicas,
		func() error { return t.subscribers.judge(t.model) },
		func() error { return t.operator.judge(t.model) },
	} {
		if err := judge(); err != nil {
			return err
		}
	}
	return nil
}

// judgeHistory has three judges look at what the clients of keys saw.
func (t *trial) judgeHistory() error {
	h := t.clients.history.History()
	commits, err := t.group.Record.commits(h)
	if err != nil {
		return err
	}
	if order := check.CommitOrder(check.Revisioned(), h, commits); order.Verdict != check.OK {
		return errors.New(order.String())
	}
	limit := check.Options{Timeout: searchTime}
	if revisions := check.RevisionOrder(h, limit); revisions.Verdict == check.Violation {
		return errors.New(revisions.String())
	}
	if len(h) > searchMost {
		return nil
	}
	if search := check.Linearizable(check.Revisioned(), h, limit); search.Verdict == check.Violation {
		return fmt.Errorf("%v\nalthough the commit order explains the history: a judge is wrong", search)
	}
	return nil
}

// judgeReplicas demands that every replica holds what the model does, now and as
// far back as it can be read, and that all hash alike.
func (t *trial) judgeReplicas() error {
	m := t.model
	edge := max(m.compacted, 1)
	for _, at := range []kv.Revision{m.rev, edge, (m.rev + edge) / 2} {
		first := uint32(0)
		for i, h := range t.group.hosts {
			pinned := t.group.member(h).store.Query(kv.Pin{}).(*kv.Pinned)
			if err := m.compare(pinned.Range(&kv.Range{Key: []byte{0}, RangeEnd: []byte{0}, Revision: at}), []byte{0}, []byte{0}, at); err != nil {
				return fmt.Errorf("%s: %w", h, err)
			}
			hash := pinned.HashKV(&kv.HashKV{Revision: at})
			switch {
			case hash.Err != 0:
				return fmt.Errorf("%s: hash at %d: %w", h, at, hash.Err)
			case i == 0:
				first = hash.Hash
			case hash.Hash != first:
				return fmt.Errorf("hash: at revision %d %s has %08x, %s %08x", at, h, hash.Hash, t.group.hosts[0], first)
			}
		}
	}
	return nil
}

func (t *trial) result() experiment.Result {
	w := t.group.World
	h := t.clients.history.History()
	ok, failed, unknown := h.Counts()
	r := experiment.Result{
		Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(), Plan: t.plan.String(), Params: t.params,
		Stats: map[string]float64{
			"ok": float64(ok), "failed": float64(failed), "unknown": float64(unknown),
			"holds": float64(len(t.holders.holds)), "renewals": float64(t.holders.renewals),
			"looked for leased keys": float64(t.holders.checks), "compaction edges": float64(len(t.operator.reads)),
		},
	}
	if t.options.History != nil {
		*t.options.History = check.Draw(check.Revisioned(), h, check.Options{Timeout: searchTime})
	}
	t.marks.Sometimes("operation of unknown outcome", unknown > 0)
	t.marks.Sometimes("lock held by two clients in turn", t.holders.turns() > 0)
	t.marks.Sometimes("late write fenced off", t.holders.fence.rejected > 0)
	t.marks.Sometimes("watch fell behind", t.subscribers.fell > 0)
	t.marks.Sometimes("watch resumed at another replica", t.subscribers.moved > len(t.subscribers.list))
	t.marks.Sometimes("watch resumed across a compaction", t.subscribers.compacted > 0)
	t.marks.Sometimes("alarm raised", t.operator.alarms > 0)
	t.marks.Sometimes("lease ID used again", t.holders.reused > 0)
	if m := t.model; m != nil {
		r.Stats["revisions"], r.Stats["leases expired"] = float64(m.rev), float64(m.expired)
		t.marks.Sometimes("lease expired", m.expired > 0)
		t.marks.Sometimes("lease expired under a new leader", m.inherited > 0)
		t.marks.Sometimes("transaction lost a race", m.races > 0)
		t.marks.Sometimes("transaction within another", m.nested > 0)
		t.marks.Sometimes("alarm taken back", t.operator.alarms > 0 && len(m.alarms) == 0)
	}
	r.Marks = t.marks.Names()
	return r
}

// turns counts changes of holder.
func (h *holders) turns() (n int) {
	for i := 1; i < len(h.holds); i++ {
		if h.holds[i].client != h.holds[i-1].client {
			n++
		}
	}
	return n
}
