package kvtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// hold is a time for which a client had good reason to think that it held the
// lock: from the answer by which it got it until it gave it up, or until its
// lease may have run out for all that it knew.
type hold struct {
	client      int
	token       kv.Revision // at which it got the lock
	called      time.Duration
	begin, stop time.Duration
}

const lockKey = "lock"

// locking takes the lock with a key under a lease, uses it for a while, and gives
// it up, or forgets about it.
func (l *leased) locking(t node.Task) {
	if !l.grant(t) {
		return
	}
	h := l.acquire(t)
	if h == nil {
		return
	}
	h.stop = l.until()
	for turns := 1 + l.rand.IntN(8); turns > 0 && !l.holders.stopped; turns-- {
		t.Sleep(between(l.rand, time.Millisecond, l.ttl/3))
		if l.rand.IntN(2) == 0 && l.renew(t) && l.called < h.stop {
			h.stop = l.until()
		}
		// Some holders do not look at the clock before they write, as if they had
		// been paused in between.
		if now := l.group.World.Now(); now < h.stop || l.rand.IntN(2) == 0 {
			l.holders.fence.write(h, now)
		}
	}
	h.stop = min(h.stop, l.group.World.Now())
	l.release(t, h)
	l.holders.fence.write(h, l.group.World.Now()) // under way for long
}

// acquire tries to take the lock until it has it. It returns nil if it cannot
// tell, or if its lease is gone.
func (l *leased) acquire(t node.Task) *hold {
	take := &kv.Command{Txn: &kv.Txn{
		Compare: []kv.Compare{{Key: []byte(lockKey), Target: kv.CompareVersion}},
		Success: []kv.Op{{Put: &kv.Put{Key: []byte(lockKey), Value: fmt.Appendf(nil, "held by %d", l.number), Lease: l.id}}},
	}}
	for !l.holders.stopped {
		called := l.group.World.Now()
		r, err := l.do(t, take)
		switch {
		case err != nil:
			l.giveUp(t)
			l.move() // the lock may still become ours, until the lease runs out
			return nil
		case r.Txn.Succeeded:
			h := &hold{client: l.number, token: r.Revision, called: called, begin: l.group.World.Now()}
			l.holders.holds = append(l.holders.holds, h)
			return h
		}
		t.Sleep(between(l.rand, time.Millisecond, l.ttl/4))
		if !l.renew(t) {
			l.move()
			return nil
		}
	}
	return nil
}

// release deletes the key if it is still this hold's, or revokes the lease, or
// leaves both to time.
func (l *leased) release(t node.Task, h *hold) {
	if l.rand.IntN(2) == 0 {
		l.giveUp(t)
		return
	}
	key := []byte(lockKey)
	_, err := l.do(t, &kv.Command{Txn: &kv.Txn{
		Compare: []kv.Compare{{Key: key, Target: kv.CompareCreate, Number: int64(h.token)}},
		Success: []kv.Op{{DeleteRange: &kv.DeleteRange{Key: key}}},
	}})
	if err != nil && !surelyNot(err) {
		l.move()
	}
}

// fence is what the lock protects: it takes no write with a token below the
// highest that it has seen.
type fence struct {
	highest  *hold
	writes   int
	rejected int
}

func (f *fence) write(h *hold, _ time.Duration) {
	if f.highest != nil && h.token < f.highest.token {
		f.rejected++
		return
	}
	f.highest = h
	f.writes++
}

// judge demands that no two holds overlap in true time, and that later holds
// have higher tokens.
func (h *holders) judge() error {
	for i, a := range h.holds {
		for _, b := range h.holds[:i] {
			switch {
			case a.token == b.token:
				return fmt.Errorf("locks: clients %d and %d both hold the lock by revision %d", a.client, b.client, a.token)
			case a.begin < b.stop && b.begin < a.stop:
				return fmt.Errorf("locks: client %d holds the lock from %v to %v, client %d from %v to %v",
					b.client, b.begin, b.stop, a.client, a.begin, a.stop)
			case b.begin < a.called && a.token < b.token, a.begin < b.called && b.token < a.token:
				return fmt.Errorf("locks: tokens %d and %d were given in the other order", b.token, a.token)
			}
		}
	}
	return nil
}
