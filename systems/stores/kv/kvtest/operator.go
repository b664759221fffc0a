package kvtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// operator compacts the store now and then, looks whether it can be read as it
// should be at the edge of what is left, and takes alarms back once there is room.
type operator struct {
	group  *Group
	rand   *rand.Rand
	pause  time.Duration // between two compactions
	lag    int           // revisions that it spares, at most
	reads  []edge
	alarms int // seen
	over   bool
}

// edge is what a replica answered about the revision that it was compacted to,
// and the one before it.
type edge struct {
	at           kv.Revision
	within, past *kv.RangeResult
}

func (g *Group) operate(seed uint64, pause time.Duration, lag int) *operator {
	o := &operator{group: g, rand: draws(seed, 8, 0), pause: pause, lag: lag}
	if pause > 0 {
		o.later()
	}
	return o
}

func (o *operator) later() {
	o.group.World.After(between(o.rand, o.pause/2, o.pause), func() {
		host := o.group.hosts[o.rand.IntN(len(o.group.hosts))]
		spared := kv.Revision(o.rand.IntN(o.lag + 1))
		o.group.do(host, func(m *member) {
			o.look(m)
			if at := m.store.Revision() - spared; at > 1 && !o.over {
				o.propose(m, &kv.Command{Compact: &kv.Compact{Revision: at}})
			}
			o.disarm(m)
		})
		o.later()
	})
}

func (o *operator) propose(m *member, c *kv.Command) {
	m.Propose(c.Encode(), func([]byte, error) {})
}

// look reads at the edge, at a replica as it is.
func (o *operator) look(m *member) {
	at := m.store.Query(kv.GetStatus{}).(*kv.Status).CompactRevision
	if at < 2 {
		return
	}
	read := func(r kv.Revision) *kv.RangeResult {
		return m.store.Query(&kv.Range{Key: []byte{0}, RangeEnd: []byte{0}, Revision: r}).(*kv.RangeResult)
	}
	o.reads = append(o.reads, edge{at, read(at), read(at - 1)})
}

// disarm takes all alarms back, if the compaction before has made room.
func (o *operator) disarm(m *member) {
	for _, a := range m.store.Query(kv.ListAlarms{}).([]kv.Alarm) {
		o.alarms++
		if !m.store.Full() {
			o.propose(m, &kv.Command{AlarmDeactivate: (*kv.AlarmDeactivate)(&a)})
		}
	}
}

func (o *operator) judge(m *model) error {
	for _, e := range o.reads {
		if !errors.Is(e.past.Err, kv.ErrCompacted) {
			return fmt.Errorf("compaction: a read at %d is answered %v, although the store is compacted to %d", e.at-1, e.past.Err, e.at)
		}
		if err := m.compare(e.within, []byte{0}, []byte{0}, e.at); err != nil {
			return fmt.Errorf("compaction: at the compacted revision: %w", err)
		}
	}
	return nil
}
