package kv

import (
	"time"

	"github.com/tidwall/btree"
)

// Expiry is the clock of the leases: it tells the host that leads which leases
// ran out. Only leading hosts run it. A new leader gives every lease its full
// time once more, since it cannot know when the last renewal was; so a lease
// may last longer than its TTL, never shorter (as far as the oscillator goes).
//
// It measures by the host's oscillator (node.Env.Elapsed) and lives on the
// node's loop.
type Expiry struct {
	store   *Store
	elapsed func() time.Duration
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

// Lead says whether this host leads now. To go on leading changes nothing.
func (e *Expiry) Lead(leading bool) {
	if leading == e.leading {
		return
	}
	e.leading = leading
	e.LeasesReplaced()
}

// Due lists at most n expiries whose time has come. Each is listed again after
// a while, until it is applied.
func (e *Expiry) Due(n int) (due []*LeaseExpire) {
	now := e.elapsed()
	for ; n > 0; n-- {
		d, ok := e.due.Min()
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

// Remaining returns how long a lease has left. It is known where the lead is.
func (e *Expiry) Remaining(id LeaseID) (time.Duration, bool) {
	d, ok := e.at[id]
	return max(0, d.at-e.elapsed()), ok && e.leading
}

// LeaseRenewed implements LeaseObserver.
func (e *Expiry) LeaseRenewed(id LeaseID, ttlSeconds int64, generation uint64) {
	if e.leading {
		e.set(id, e.elapsed()+seconds(ttlSeconds), generation)
	}
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
	if !e.leading {
		return
	}
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
