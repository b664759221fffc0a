package kvtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// drift is how much faster than true time a host's oscillator runs, at most:
// three faults of the swarm at a time, and some.
const drift = 0.002

// shortest is how long a lease lives in true time, at least.
func shortest(ttl time.Duration) time.Duration {
	return ttl - time.Duration(drift*float64(ttl))
}

// lease executes the commands on leases. An error says that a lease ended
// before its time.
func (m *model) lease(e *entry, c *kv.Command) (kv.Refusal, error) {
	switch {
	case c.LeaseGrant != nil:
		if _, ok := m.leases[c.LeaseGrant.ID]; ok {
			return kv.ErrLeaseExists, nil
		}
		m.renew(e, c.LeaseGrant.ID, max(c.LeaseGrant.TTL, kv.MinLeaseTTL))
	case c.LeaseKeepAlive != nil:
		l, ok := m.leases[c.LeaseKeepAlive.ID]
		if !ok {
			return kv.ErrLeaseNotFound, nil
		}
		m.renew(e, c.LeaseKeepAlive.ID, l.seconds)
	case c.LeaseRevoke != nil:
		if _, ok := m.leases[c.LeaseRevoke.ID]; !ok {
			return kv.ErrLeaseNotFound, nil
		}
		m.end(c.LeaseRevoke.ID)
	case c.LeaseExpire != nil:
		return m.expire(e, c.LeaseExpire)
	}
	return 0, nil
}

func (m *model) renew(e *entry, id kv.LeaseID, seconds int64) {
	m.leases[id] = tenancy{e.index, e.at, e.epoch, time.Duration(seconds) * time.Second, seconds}
}

// expire does not look at the generation: a lease may end if nobody has renewed
// it for its time, whatever number the command bears.
func (m *model) expire(e *entry, x *kv.LeaseExpire) (kv.Refusal, error) {
	l, ok := m.leases[x.ID]
	_, got := e.decode()
	switch {
	case !ok:
		return kv.ErrLeaseNotFound, nil
	case got.Err == kv.ErrLeaseRenewed:
		return kv.ErrLeaseRenewed, nil
	case e.at-l.at < shortest(l.ttl):
		return 0, fmt.Errorf("lease %d of %v ended %v after it was granted or renewed at index %d", x.ID, l.ttl, e.at-l.at, l.index)
	}
	m.expired++
	if e.epoch > l.epoch {
		m.inherited++
	}
	m.end(x.ID)
	return 0, nil
}

// end deletes the keys of a lease in one revision.
func (m *model) end(id kv.LeaseID) {
	for _, key := range m.keys(m.rev) {
		if p, _ := m.newest(key); p.Lease == id {
			m.remove(key)
		}
	}
	delete(m.leases, id)
}
