package kv

import (
	"time"

	"github.com/tidwall/btree"
)

// Expiry is the clock of the leases: it tells the host that leads which leases
// ran out. Under a new leader every lease begins its full time once more, since
// that host cannot know when the last renewal was answered; so a lease may last
// longer than its TTL, never shorter (as far as the oscillator goes). Hosts that
// do not lead keep the same account, so that they can say how much is left.
//
// It measures by the host's oscillator (node.Env.Elapsed) and lives on the
// node's loop.
type Expiry struct {
	store   *Store
	elapsed func() time.Duration
	epoch   uint64
	leading bool
	due     *btree.BTreeG[deadline] // by time, then by ID
	at      map[LeaseID]deadline    // looked up, never ranged over
}

type deadline struct {
	at         time.Duration
	id         LeaseID
	generation uint64
}

// expireRetry is the time after which an expiry is proposed again if it has
// not been applied.
const expireRetry = 2 * time.Second

// NewExpiry observes the leases of a store.
func NewExpiry(s *Store, elapsed func() time.Duration) *Expiry {
	e := &Expiry{store: s, elapsed: elapsed}
	e.clear()
	s.ObserveLeases(e)
	return e
}

func (e *Expiry) clear() {
	e.at = make(map[LeaseID]deadline)
	e.due = btree.NewBTreeGOptions(func(a, b deadline) bool {
		return a.at < b.at || a.at == b.at && a.id < b.id
	}, btree.Options{NoLocks: true})
}

// Lead says which leadership it is now, and whether it is this host's. To say
// the same again changes nothing.
func (e *Expiry) Lead(epoch uint64, leading bool) {
	if epoch != e.epoch || leading && !e.leading {
		e.LeasesReplaced()
	}
	e.epoch, e.leading = epoch, leading
}

// Due lists at most n expiries whose time has come, if this host leads. Each is
// listed again after a while, until it is applied.
func (e *Expiry) Due(n int) (due []*LeaseExpire) {
	if !e.leading {
		return nil
	}
	now := e.elapsed()
	for ; n > 0; n-- {
		d, ok := e.due.Min()
		//parley:rule lease.recovery.client-crash-waits-expiry value=!ok
		if !ok || d.at > now {
			return due
		}
		due = append(due, &LeaseExpire{ID: d.id, Generation: d.generation})
		e.set(d.id, now+expireRetry, d.generation)
	}
	return due
}

// Next returns the time until the next expiry, if there is one.
func (e *Expiry) Next() (time.Duration, bool) {
	d, ok := e.due.Min()
	return max(0, d.at-e.elapsed()), ok
}

// Remaining returns how long a lease has left, as far as this host can tell: it
// learns of a renewal when it applies it.
func (e *Expiry) Remaining(id LeaseID) time.Duration {
	d, ok := e.at[id]
	if !ok {
		return 0
	}
	return max(0, d.at-e.elapsed())
}

// LeaseRenewed implements LeaseObserver.
func (e *Expiry) LeaseRenewed(id LeaseID, ttlSeconds int64, generation uint64) {
	e.set(id, e.elapsed()+seconds(ttlSeconds), generation)
}

// LeaseEnded implements LeaseObserver.
func (e *Expiry) LeaseEnded(id LeaseID) {
	if old, ok := e.at[id]; ok {
		e.due.Delete(old)
		delete(e.at, id)
	}
}

// LeasesReplaced implements LeaseObserver: all leases begin anew.
func (e *Expiry) LeasesReplaced() {
	e.clear()
	now := e.elapsed()
	e.store.leases.Scan(func(l lease) bool {
		e.set(l.id, now+seconds(l.ttl), l.generation)
		return true
	})
}

func (e *Expiry) set(id LeaseID, at time.Duration, generation uint64) {
	if old, ok := e.at[id]; ok {
		e.due.Delete(old)
	}
	d := deadline{at, id, generation}
	e.at[id] = d
	e.due.Set(d)
}

// seconds converts a TTL; one of 285 years and more is as good as for ever.
func seconds(ttl int64) time.Duration {
	return time.Duration(min(ttl, MaxLeaseTTL)) * time.Second
}
