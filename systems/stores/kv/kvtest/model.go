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
	nested    int       // transactions within others
	compacts  []kv.Revision
	open      int // of events, when the command that is executed began
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
		want, err := m.execute(e, c)
		switch {
		case err != nil:
			return m, fmt.Errorf("command at %d: %w", e.index, err)
		case got.Err != want.Err:
			return m, fmt.Errorf("model: command at %d answered %q, the model says %q", e.index, got.Err, want.Err)
		case got.Revision != m.rev:
			return m, fmt.Errorf("model: after the command at %d the store is at %d, the model at %d", e.index, got.Revision, m.rev)
		case got.Err == 0 && !sameAnswer(got, want):
			return m, fmt.Errorf("model: command at %d answered %s, the model says %s", e.index, show(got), show(want))
		}
	}
	return m, nil
}

// execute answers a command; of leases and alarms only whether it is refused.
func (m *model) execute(e *entry, c *kv.Command) (r *kv.Result, err error) {
	r = &kv.Result{}
	if len(m.alarms) > 0 && c.Grows() {
		r.Err = kv.ErrNoSpace
		return r, nil
	}
	m.open = len(m.events)
	switch {
	case c.Put != nil:
		if r.Err = m.checkPut(c.Put); r.Err == 0 {
			r.Put = m.put(c.Put)
		}
	case c.DeleteRange != nil:
		r.DeleteRange = m.deleteRange(c.DeleteRange)
	case c.Txn != nil:
		r.Txn, r.Err = m.transact(c.Txn)
	case c.Compact != nil:
		r.Err = m.compact(c.Compact.Revision)
	case c.AlarmActivate != nil:
		m.alarms[kv.Alarm(*c.AlarmActivate)] = true
	case c.AlarmDeactivate != nil:
		delete(m.alarms, kv.Alarm(*c.AlarmDeactivate))
	default:
		r.Err, err = m.lease(e, c)
	}
	m.rev = m.head()
	return r, err
}

// head is the newest revision as the next operation of a command sees it.
func (m *model) head() kv.Revision {
	if len(m.events) > m.open {
		return m.rev + 1
	}
	return m.rev
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

func (m *model) checkPut(p *kv.Put) kv.Refusal {
	if _, ok := m.leases[p.Lease]; p.Lease != 0 && !ok {
		return kv.ErrLeaseNotFound
	}
	return 0
}

func (m *model) put(p *kv.Put) *kv.PutResult {
	next := m.rev + 1
	old, existed := m.at(string(p.Key), next)
	now := kv.KeyValue{Key: p.Key, Value: p.Value, CreateRevision: next, ModRevision: next, Version: 1, Lease: p.Lease}
	if existed {
		now.CreateRevision, now.Version = old.CreateRevision, old.Version+1
	}
	m.add(version{KeyValue: now})
	if existed && p.PrevKV {
		return &kv.PutResult{Prev: &old}
	}
	return &kv.PutResult{}
}

func (m *model) deleteRange(d *kv.DeleteRange) *kv.Deleted {
	r := &kv.Deleted{}
	for _, key := range m.keys(m.head()) {
		if !within(key, d.Key, d.RangeEnd) {
			continue
		}
		if r.Count++; d.PrevKV {
			old, _ := m.at(key, m.head())
			r.Prev = append(r.Prev, old)
		}
		m.remove(key)
	}
	return r
}

func (m *model) remove(key string) {
	m.add(version{KeyValue: kv.KeyValue{Key: []byte(key), ModRevision: m.rev + 1}, deleted: true})
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
