package kvtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// leased is what holders of leases have in common: a lease that they grant, renew
// and give up, under an ID that they like to use again.
type leased struct {
	*remote
	holders *holders
	number  int
	rand    *rand.Rand
	id      kv.LeaseID
	ttl     time.Duration
	called  time.Duration // when the latest grant or renewal was called that was answered
}

// holders are the clients of leases.
type holders struct {
	group     *Group
	active    int
	stopped   bool
	violation string
	renewals  int
	checks    int // keys looked for under a lease that was alive
	reused    int // IDs granted again
	holds     []*hold
	fence     fence
}

func (h *holders) breach(format string, args ...any) {
	if h.violation == "" {
		h.violation = fmt.Sprintf(format, args...)
	}
}

// start gives a holder a host of its own.
func (h *holders) start(seed uint64, kind, number int, cfg rsm.ClientConfig, run func(*leased, node.Task)) {
	l := &leased{holders: h, number: number, rand: draws(seed, 2+kind, number), id: kv.LeaseID(1 + number + 100*kind)}
	h.active++
	l.remote = newRemote(h.group, fmt.Sprintf("%c%d", "tl"[kind], number), cfg, func(_ *remote, t node.Task) {
		for !h.stopped {
			run(l, t)
			t.Sleep(between(l.rand, time.Millisecond, 100*time.Millisecond))
		}
		h.active--
	})
}

// grant takes a lease of 2 to 4 seconds under the holder's ID. While that is
// still there, from before, it tries again: the new lease then begins right
// behind the end of the old.
func (l *leased) grant(t node.Task) bool {
	for !l.holders.stopped {
		called := l.group.World.Now()
		r, err := l.do(t, &kv.Command{LeaseGrant: &kv.LeaseGrant{ID: l.id, TTL: 2 + l.rand.Int64N(3)}})
		switch {
		case err == nil:
			l.called, l.ttl = called, time.Duration(r.Lease.TTL)*time.Second
			return true
		case errors.Is(err, kv.ErrLeaseExists):
			l.holders.reused++
		case !surelyNot(err):
			l.move() // this grant may still come
		}
		t.Sleep(between(l.rand, time.Millisecond, 300*time.Millisecond))
	}
	return false
}

// move takes another ID: something may still happen to the lease of this one.
func (l *leased) move() { l.id += 1000 }

// renew keeps the lease alive. It measures from the call, since that is the
// latest time of which it knows that the lease was not yet renewed.
func (l *leased) renew(t node.Task) bool {
	called := l.group.World.Now()
	_, err := l.do(t, &kv.Command{LeaseKeepAlive: &kv.LeaseKeepAlive{ID: l.id}})
	if err == nil {
		l.called = called
		l.holders.renewals++
	}
	return err == nil
}

// until is the time up to which the lease surely lives, if nobody revokes it.
func (l *leased) until() time.Duration { return l.called + shortest(l.ttl) }

// giveUp revokes the lease, or lets it run out.
func (l *leased) giveUp(t node.Task) {
	if l.rand.IntN(3) > 0 {
		return
	}
	if _, err := l.do(t, &kv.Command{LeaseRevoke: &kv.LeaseRevoke{ID: l.id}}); err != nil && !surelyNot(err) {
		l.move()
	}
}

// tenancy puts a key under a lease, renews that for a while, and looks whether
// the key is there: it must be as long as the lease surely lives.
func (l *leased) tenancy(t node.Task) {
	if !l.grant(t) {
		return
	}
	key := fmt.Sprintf("lease/%d", l.number)
	put := &kv.Command{Put: &kv.Put{Key: []byte(key), Value: fmt.Appendf(nil, "lease %d", l.id), Lease: l.id}}
	if _, err := l.do(t, put); err != nil {
		l.giveUp(t)
		l.move()
		return
	}
	for turns := l.rand.IntN(12); turns > 0 && !l.holders.stopped; turns-- {
		t.Sleep(between(l.rand, l.ttl/20, l.ttl/3))
		if l.rand.IntN(2) == 0 {
			l.renew(t)
			continue
		}
		l.lookFor(t, key)
	}
	l.giveUp(t)
}

func (l *leased) lookFor(t node.Task, key string) {
	r, err := l.get(t, key)
	now := l.group.World.Now()
	if err != nil || now >= l.until() {
		return
	}
	l.holders.checks++
	if len(r.KVs) == 0 || r.KVs[0].Lease != l.id {
		l.holders.breach("leases: %q is gone at %v, although lease %d of %v was renewed by a call at %v", key, now, l.id, l.ttl, l.called)
	}
}
