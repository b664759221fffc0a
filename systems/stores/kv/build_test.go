package kv

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
)

func sequence(changes []Change) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func originOf(p *Pinned) Origin {
	o := Origin{Revision: p.Revision(), Compacted: p.CompactRevision()}
	for id, ttl := range p.Leases() {
		o.Leases = append(o.Leases, LeaseGrant{ID: id, TTL: ttl})
	}
	return o
}

// What can be read of a store can be read of one that was built of its changes, at
// every revision; and both go on alike.
func TestAStoreIsBuiltOfTheChangesOfAnother(t *testing.T) {
	s := furnished(t)
	s.must(t, &Command{AlarmDeactivate: &AlarmDeactivate{Kind: AlarmNoSpace, Member: 1}})
	s.must(t, &Command{Txn: &Txn{Success: []Op{
		{Put: &Put{Key: []byte("x"), Value: []byte("1"), Lease: -5}}, {Put: &Put{Key: []byte("k3"), Value: []byte("2")}},
		{DeleteRange: &DeleteRange{Key: []byte("k10"), RangeEnd: []byte("k12")}},
	}}})
	p := s.pin()
	again, err := Build(Options{}, originOf(p), sequence(slices.Collect(p.Changes())))
	if err != nil {
		t.Fatal(err)
	}
	alike := func() {
		t.Helper()
		for r := max(s.compacted, 1); r <= s.rev; r++ {
			q := &Range{Key: []byte{0}, RangeEnd: []byte{0}, Revision: r}
			if want, got := fmt.Sprint(s.Query(q)), fmt.Sprint(again.Query(q)); got != want {
				t.Fatalf("at revision %d:\n%s\n%s", r, want, got)
			}
		}
		for _, id := range []LeaseID{-5, 9} {
			a, b := s.timeToLive(&TimeToLive{ID: id, Keys: true}), again.timeToLive(&TimeToLive{ID: id, Keys: true})
			if a.TTL != b.TTL || fmt.Sprint(a.Keys) != fmt.Sprint(b.Keys) {
				t.Fatalf("lease %d: %+v and %+v", id, a, b)
			}
		}
	}
	alike()
	for i := range 600 { // sweeps and cleans
		c := put(fmt.Sprintf("k%d", i%7), fmt.Sprint(i))
		if i%100 == 99 {
			c = compact(s.rev - 5)
		}
		if a, b := s.Apply(0, c.Encode()), again.Apply(0, c.Encode()); !bytes.Equal(a, b) {
			t.Fatalf("after %+v the two differ", c)
		}
	}
	s.must(t, &Command{LeaseRevoke: &LeaseRevoke{ID: -5}})
	again.must(t, &Command{LeaseRevoke: &LeaseRevoke{ID: -5}})
	alike()
	if err := New(Options{}).Restore(bytes.NewReader(snapshot(t, again))); err != nil {
		t.Fatalf("its snapshot is not one: %v", err)
	}
}

func changed(main Revision, sub uint64, key string, version int64) Change {
	return Change{Sub: sub, KeyValue: KeyValue{Key: []byte(key), Value: []byte("v"), CreateRevision: main + 1 - Revision(version), ModRevision: main, Version: version}}
}

func removed(main Revision, sub uint64, key string) Change {
	return Change{Sub: sub, Deleted: true, KeyValue: KeyValue{Key: []byte(key), ModRevision: main}}
}

// Other stores let a transaction change a key twice, and drop what a compaction made
// useless one revision at a time.
func TestWhatIsMissingOrDoubleInAHistory(t *testing.T) {
	s, err := Build(Options{}, Origin{Compacted: 5}, sequence([]Change{
		changed(3, 1, "a", 1), removed(5, 0, "gone"), changed(5, 3, "b", 1),
		removed(7, 0, "a"), changed(7, 1, "a", 1), changed(7, 2, "c", 1),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := s.get([]byte("a")); s.rev != 7 || a.fields().main != 7 || s.live.len() != 3 {
		t.Fatalf("revision %d, %d keys", s.rev, s.live.len())
	}
	for i := range 200 {
		s.must(t, put("d", string(make([]byte, 1000+i))))
	}
	s.must(t, compact(s.rev))
}

func TestWhatIsNoHistoryIsRefused(t *testing.T) {
	leased := changed(2, 0, "a", 1)
	leased.Lease = 77
	damaged := errors.New("damaged")
	for name, c := range map[string]struct {
		from    Origin
		changes iter.Seq2[Change, error]
	}{
		"back in time":       {Origin{Compacted: -1}, sequence([]Change{changed(3, 0, "a", 1), changed(2, 0, "b", 1)})},
		"an absent key goes": {Origin{Compacted: -1}, sequence([]Change{removed(2, 0, "a")})},
		"no key":             {Origin{Compacted: -1}, sequence([]Change{changed(2, 0, "", 1)})},
		"version 0":          {Origin{Compacted: -1}, sequence([]Change{changed(2, 0, "a", 0)})},
		"no such lease":      {Origin{Compacted: -1}, sequence([]Change{leased})},
		"lease 0":            {Origin{Compacted: -1, Leases: []LeaseGrant{{TTL: 5}}}, sequence(nil)},
		"compacted ahead":    {Origin{Compacted: 9}, sequence([]Change{changed(2, 0, "a", 1)})},
		"unreadable":         {Origin{Compacted: -1}, func(yield func(Change, error) bool) { yield(Change{}, damaged) }},
	} {
		if _, err := Build(Options{}, c.from, c.changes); !errors.Is(err, ErrHistory) && !errors.Is(err, damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
