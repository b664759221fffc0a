package kvtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// model is the store without anything clever: all versions of every key for ever,
// nothing shared, nothing swept. The record is replayed into it, and the answers,
// the watches and the replicas are measured by what it says. It knows no more of
// the commands than the clients here use.
type model struct {
	rev       kv.Revision
	compacted kv.Revision
	versions  map[string][]version // of a key, in order
	leases    map[kv.LeaseID]tenancy
	alarms    map[kv.Alarm]bool
	events    []version // all changes in order
	expired   int       // leases that ran out
	inherited int       // of them, those renewed under an earlier leader
	races     int       // transactions that failed their comparisons
	compacts  []kv.Revision
}

// version is a pair as it was from its ModRevision on, or a deletion.
type version struct {
	kv.KeyValue
	deleted bool
}

// tenancy is a lease.
type tenancy struct {
	index   rsm.Index // of the grant or the latest renewal
	at      time.Duration
	epoch   uint64
	ttl     time.Duration
	seconds int64
}

func newModel() *model {
	return &model{
		rev: 1, compacted: -1, versions: map[string][]version{},
		leases: map[kv.LeaseID]tenancy{}, alarms: map[kv.Alarm]bool{},
	}
}

// replay executes the record. The error says which answer was not the model's.
func replay(r *Record) (*model, error) {
	m := newModel()
	for i := range r.entries {
		e := &r.entries[i]
		c, got := e.decode()
		succeeded, refusal, err := m.execute(e, c)
		switch {
		case err != nil:
			return m, fmt.Errorf("command at %d: %w", e.index, err)
		case got.Err != refusal:
			return m, fmt.Errorf("model: command at %d answered %q, the model says %q", e.index, got.Err, refusal)
		case got.Revision != m.rev:
			return m, fmt.Errorf("model: after the command at %d the store is at %d, the model at %d", e.index, got.Revision, m.rev)
		case got.Txn != nil && got.Txn.Succeeded != succeeded:
			return m, fmt.Errorf("model: transaction at %d: succeeded %v, the model says %v", e.index, got.Txn.Succeeded, succeeded)
		}
	}
	return m, nil
}

func (m *model) execute(e *entry, c *kv.Command) (succeeded bool, refusal kv.Refusal, err error) {
	if len(m.alarms) > 0 && c.Grows() {
		return false, kv.ErrNoSpace, nil
	}
	switch {
	case c.Put != nil:
		refusal = m.change([]kv.Op{{Put: c.Put}})
	case c.DeleteRange != nil:
		refusal = m.change([]kv.Op{{DeleteRange: c.DeleteRange}})
	case c.Txn != nil:
		succeeded, refusal = m.transact(c.Txn)
	case c.Compact != nil:
		refusal = m.compact(c.Compact.Revision)
	case c.AlarmActivate != nil:
		m.alarms[kv.Alarm(*c.AlarmActivate)] = true
	case c.AlarmDeactivate != nil:
		delete(m.alarms, kv.Alarm(*c.AlarmDeactivate))
	default:
		refusal, err = m.lease(e, c)
	}
	return succeeded, refusal, err
}

func (m *model) transact(t *kv.Txn) (bool, kv.Refusal) {
	ops := t.Success
	succeeded := true
	for i := range t.Compare {
		succeeded = succeeded && m.holds(&t.Compare[i])
	}
	if !succeeded {
		m.races++
		ops = t.Failure
	}
	return succeeded, m.change(ops)
}

// holds knows equality only, on one key, which is all that the clients ask for.
func (m *model) holds(c *kv.Compare) bool {
	p, _ := m.newest(string(c.Key))
	switch c.Target {
	case kv.CompareVersion:
		return p.Version == c.Number
	case kv.CompareCreate:
		return int64(p.CreateRevision) == c.Number
	case kv.CompareMod:
		return int64(p.ModRevision) == c.Number
	}
	return p.Version > 0 && string(p.Value) == string(c.Value)
}

// newest is the pair of a key as it is, and whether there is one.
func (m *model) newest(key string) (kv.KeyValue, bool) { return m.at(key, m.rev) }

// at is the pair of a key as it was at a revision.
func (m *model) at(key string, r kv.Revision) (kv.KeyValue, bool) {
	all := m.versions[key]
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].ModRevision <= r {
			if all[i].deleted {
				return kv.KeyValue{}, false
			}
			return all[i].KeyValue, true
		}
	}
	return kv.KeyValue{}, false
}

// keys are those that exist at a revision, sorted.
func (m *model) keys(r kv.Revision) (keys []string) {
	for key := range m.versions {
		if _, ok := m.at(key, r); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// change executes operations in one revision.
func (m *model) change(ops []kv.Op) kv.Refusal {
	for _, op := range ops {
		if op.Put != nil && op.Put.Lease != 0 {
			if _, ok := m.leases[op.Put.Lease]; !ok {
				return kv.ErrLeaseNotFound
			}
		}
	}
	before := len(m.events)
	next := m.rev + 1
	for _, op := range ops {
		switch {
		case op.Put != nil:
			m.put(op.Put, next)
		case op.DeleteRange != nil:
			for _, key := range m.keys(next) {
				if within(key, op.DeleteRange.Key, op.DeleteRange.RangeEnd) {
					m.remove(key, next)
				}
			}
		}
	}
	if len(m.events) > before {
		m.rev = next
	}
	return 0
}

// within tells whether key is in an interval as requests name it.
func within(key string, start, end []byte) bool {
	switch {
	case len(end) == 0:
		return key == string(start)
	case len(end) == 1 && end[0] == 0:
		return key >= string(start)
	}
	return key >= string(start) && key < string(end)
}

func (m *model) put(p *kv.Put, r kv.Revision) {
	old, existed := m.at(string(p.Key), r)
	now := kv.KeyValue{Key: p.Key, Value: p.Value, CreateRevision: r, ModRevision: r, Version: 1, Lease: p.Lease}
	if existed {
		now.CreateRevision, now.Version = old.CreateRevision, old.Version+1
	}
	m.add(version{KeyValue: now})
}

func (m *model) remove(key string, r kv.Revision) {
	m.add(version{KeyValue: kv.KeyValue{Key: []byte(key), ModRevision: r}, deleted: true})
}

func (m *model) add(v version) {
	m.versions[string(v.Key)] = append(m.versions[string(v.Key)], v)
	m.events = append(m.events, v)
}

func (m *model) compact(r kv.Revision) kv.Refusal {
	switch {
	case r <= m.compacted:
		return kv.ErrCompacted
	case r > m.rev:
		return kv.ErrFutureRevision
	}
	m.compacted = r
	m.compacts = append(m.compacts, r)
	return 0
}

// between lists the changes of an interval from the one revision to the other.
func (m *model) between(q *kv.WatchRequest, from, to kv.Revision) (events []version) {
	i, _ := slices.BinarySearchFunc(m.events, from, func(v version, r kv.Revision) int { return cmp.Compare(v.ModRevision, r) })
	for ; i < len(m.events) && m.events[i].ModRevision <= to; i++ {
		v := m.events[i]
		if within(string(v.Key), q.Key, q.RangeEnd) && !(v.deleted && q.NoDelete) && !(!v.deleted && q.NoPut) {
			events = append(events, v)
		}
	}
	return events
}
