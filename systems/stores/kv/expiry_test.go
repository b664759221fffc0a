package kv

import (
	"fmt"
	"testing"
	"time"
)

// host runs a store whose oscillator the test turns.
type host struct {
	*Store
	*Expiry
	now time.Duration
}

func newHost() *host {
	h := &host{Store: New(Options{})}
	h.Expiry = NewExpiry(h.Store, func() time.Duration { return h.now })
	return h
}

func (h *host) due(t *testing.T) (ids []LeaseID) {
	for _, e := range h.Due(100) {
		ids = append(ids, e.ID)
		h.do(t, &Command{LeaseExpire: e})
	}
	return ids
}

func TestALeaseRunsOutAfterItsTimeUnlessRenewed(t *testing.T) {
	h := newHost()
	h.Lead(1, true)
	h.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 1, TTL: 10}})
	h.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 2, TTL: 20}})
	h.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 3, TTL: MaxLeaseTTL}})
	h.now = 9 * time.Second
	h.must(t, &Command{LeaseKeepAlive: &LeaseKeepAlive{ID: 1}})
	if left := h.Remaining(2); left != 11*time.Second {
		t.Fatalf("%v left", left)
	}
	h.now = 18 * time.Second
	if ids := h.due(t); ids != nil {
		t.Fatal(ids)
	}
	if next, ok := h.Next(); !ok || next != time.Second {
		t.Fatalf("next in %v, %v", next, ok)
	}
	h.now = 20 * time.Second
	if ids := fmt.Sprint(h.due(t)); ids != "[1 2]" {
		t.Fatal(ids)
	}
	if left := fmt.Sprint(h.Query(ListLeases{})); left != "[3]" {
		t.Fatal(left)
	}
}

func TestAnExpiryThatIsNotAppliedIsProposedAgain(t *testing.T) {
	h := newHost()
	h.Lead(1, true)
	h.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 1, TTL: 10}})
	h.now = 10 * time.Second
	if n := len(h.Due(100)); n != 1 {
		t.Fatal(n)
	}
	if n := len(h.Due(100)); n != 0 {
		t.Fatal("proposed twice at once")
	}
	h.now += expireRetry
	if n := len(h.Due(100)); n != 1 {
		t.Fatal(n)
	}
}

func TestUnderANewLeaderEveryLeaseHasItsFullTime(t *testing.T) {
	h := newHost()
	h.Lead(1, false)
	h.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 1, TTL: 10}})
	h.now = time.Hour
	if h.Due(100) != nil {
		t.Fatal("a follower expires leases")
	}
	h.Lead(2, true)
	if left := h.Remaining(1); left != 10*time.Second {
		t.Fatal(left)
	}
	h.now += 4 * time.Second
	h.Lead(2, true)
	if left := h.Remaining(1); left != 6*time.Second {
		t.Fatal(left)
	}
	h.Lead(3, false)
	if left := h.Remaining(1); left != 10*time.Second {
		t.Fatal(left)
	}
}

// The host that leads proposed an expiry twice; between the two copies somebody
// granted another lease under the ID that had become free.
func TestAnExpiryDoesNotEndALaterLeaseOfTheSameID(t *testing.T) {
	s := New(Options{})
	grant := &Command{LeaseGrant: &LeaseGrant{ID: 7, TTL: 10}}
	expire := &Command{LeaseExpire: &LeaseExpire{ID: 7, Generation: 3}}
	s.doAt(t, 3, grant)
	if r := s.doAt(t, 8, expire); r.Err != 0 {
		t.Fatal(r.Err)
	}
	s.doAt(t, 9, grant)
	if r := s.doAt(t, 10, expire); r.Err != ErrLeaseRenewed {
		t.Fatalf("the copy ended the new lease: %v", r.Err)
	}
}
