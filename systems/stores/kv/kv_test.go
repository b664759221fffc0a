package kv

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// do executes a command through the codec, as a replica does.
func (s *Store) do(t testing.TB, c *Command) *Result {
	t.Helper()
	return s.doAt(t, 0, c)
}

func (s *Store) doAt(t testing.TB, index rsm.Index, c *Command) *Result {
	t.Helper()
	r, err := DecodeResult(s.Apply(index, c.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// must executes a command that is not refused.
func (s *Store) must(t testing.TB, c *Command) *Result {
	t.Helper()
	r := s.do(t, c)
	if r.Err != 0 {
		t.Fatalf("refused: %v", r.Err)
	}
	return r
}

func put(key, value string) *Command {
	return &Command{Put: &Put{Key: []byte(key), Value: []byte(value)}}
}

func remove(key, end string) *Command {
	return &Command{DeleteRange: &DeleteRange{Key: []byte(key), RangeEnd: []byte(end)}}
}

func compact(r Revision) *Command { return &Command{Compact: &Compact{Revision: r}} }

// show renders a range as "key=value@mod(create,version)".
func (s *Store) show(t testing.TB, q *Range) string {
	t.Helper()
	r := s.Query(q).(*RangeResult)
	if r.Err != 0 {
		return r.Err.Error()
	}
	var b bytes.Buffer
	for _, kv := range r.KVs {
		fmt.Fprintf(&b, "%s=%s@%d(%d,%d) ", kv.Key, kv.Value, kv.ModRevision, kv.CreateRevision, kv.Version)
	}
	fmt.Fprintf(&b, "of %d", r.Count)
	return b.String()
}

func everything() *Range { return &Range{Key: []byte{0}, RangeEnd: []byte{0}} }

func expect(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestARevisionIsACommandThatChangedSomething(t *testing.T) {
	s := New(Options{})
	if s.Revision() != 1 {
		t.Fatalf("empty store at revision %d", s.Revision())
	}
	s.must(t, put("a", "1"))
	s.must(t, remove("b", "")) // deletes nothing
	s.must(t, put("a", "2"))
	s.must(t, put("c", "3"))
	expect(t, s.show(t, everything()), "a=2@3(2,2) c=3@4(4,1) of 2")
	s.must(t, remove("a", "z"))
	if s.Revision() != 5 {
		t.Fatalf("a deletion of two keys made revision %d", s.Revision())
	}
	past := everything()
	past.Revision = 3
	expect(t, s.show(t, past), "a=2@3(2,2) of 1")
	s.must(t, put("a", "9"))
	expect(t, s.show(t, everything()), "a=9@6(6,1) of 1")
}

func TestCompactionRefusesThePastAndGivesItsMemoryBack(t *testing.T) {
	s := New(Options{})
	for i := range 500 {
		s.must(t, put(fmt.Sprintf("k%d", i%10), fmt.Sprint(i)))
	}
	s.must(t, remove("k3", ""))
	head := s.Revision()
	s.must(t, compact(head-1))
	past := everything()
	past.Revision = head - 2
	expect(t, s.show(t, past), ErrCompacted.Error())
	past.Revision = head - 1
	if n := len(s.Query(past).(*RangeResult).KVs); n != 10 {
		t.Fatalf("%d keys at the compacted revision", n)
	}
	for range 100 {
		s.must(t, put("x", ""))
	}
	s.must(t, compact(s.Revision()))
	for range 20 {
		s.do(t, compact(0)) // refused, and a chance to sweep
	}
	status := s.Query(GetStatus{}).(*Status)
	if status.Keys != 10 || status.Versions > 11 {
		t.Fatalf("%d versions of %d keys are left", status.Versions, status.Keys)
	}
	if r := s.do(t, compact(1)); r.Err != ErrCompacted {
		t.Fatal(r.Err)
	}
	if r := s.do(t, compact(s.Revision()+1)); r.Err != ErrFutureRevision {
		t.Fatal(r.Err)
	}
}

func TestDeletingAllAndCompactingThereLeavesNoValues(t *testing.T) {
	s := New(Options{})
	for i := range 100 {
		s.must(t, put(fmt.Sprint(i), "value"))
	}
	s.must(t, remove("\x00", "\x00"))
	s.must(t, compact(s.Revision()))
	if status := s.Query(GetStatus{}).(*Status); status.Versions != 100 { // the deletions, for a watch from there
		t.Fatalf("%d versions are left", status.Versions)
	}
	s.must(t, put("k", ""))
	s.must(t, compact(s.Revision()))
	if status := s.Query(GetStatus{}).(*Status); status.Versions != 1 || s.changes.len() != 1 {
		t.Fatalf("%d versions are left", status.Versions)
	}
}

func TestTxnChangesAllOrNothing(t *testing.T) {
	s := New(Options{})
	s.must(t, put("a", "1"))
	before := s.Digest()
	r := s.do(t, &Command{Txn: &Txn{Success: []Op{
		{Put: &Put{Key: []byte("b")}},
		{Put: &Put{Key: []byte("nope"), IgnoreValue: true}},
	}}})
	if r.Err != ErrKeyNotFound || s.Digest() != before {
		t.Fatalf("refusal %v, state changed: %v", r.Err, s.Digest() != before)
	}
	nested := &Txn{
		Compare: []Compare{{Key: []byte("a"), Target: CompareValue, Value: []byte("1")}},
		Success: []Op{
			{Put: &Put{Key: []byte("a"), Value: []byte("2"), PrevKV: true}},
			{Txn: &Txn{ // judged by the state before the outer one
				Compare: []Compare{{Key: []byte("a"), Target: CompareValue, Value: []byte("1")}},
				Success: []Op{{Range: &Range{Key: []byte("a")}}},
				Failure: []Op{{DeleteRange: &DeleteRange{Key: []byte("c")}}},
			}},
			{DeleteRange: &DeleteRange{Key: []byte("zz")}},
		},
	}
	r = s.must(t, &Command{Txn: nested})
	inner := r.Txn.Results[1].Txn
	if !r.Txn.Succeeded || !inner.Succeeded {
		t.Fatalf("branches %v, %v", r.Txn.Succeeded, inner.Succeeded)
	}
	if got := string(inner.Results[0].Range.KVs[0].Value); got != "2" {
		t.Fatalf("a read behind a put of the same transaction sees %q", got)
	}
	if got := string(r.Txn.Results[0].Put.Prev.Value); got != "1" {
		t.Fatalf("previous value %q", got)
	}
	if s.Revision() != 3 || r.Revision != 3 {
		t.Fatalf("revision %d, in the result %d", s.Revision(), r.Revision)
	}
}

func TestTxnMayNotChangeAKeyTwice(t *testing.T) {
	put := func(k string) Op { return Op{Put: &Put{Key: []byte(k)}} }
	del := func(k, end string) Op {
		return Op{DeleteRange: &DeleteRange{Key: []byte(k), RangeEnd: []byte(end)}}
	}
	in := func(then, otherwise []Op) Op { return Op{Txn: &Txn{Success: then, Failure: otherwise}} }
	for _, c := range []struct {
		name    string
		ops     []Op
		overlap bool
	}{
		{"two puts", []Op{put("a"), put("a")}, true},
		{"two keys", []Op{put("a"), put("b")}, false},
		{"put, delete", []Op{put("a"), del("a", "")}, true},
		{"delete of an interval, put in it", []Op{del("a", "c"), put("b")}, true},
		{"delete of an interval, put at its end", []Op{del("a", "c"), put("c")}, false},
		{"delete of all, put", []Op{del("a", "\x00"), put("b")}, true},
		{"two deletes", []Op{del("a", "c"), del("b", "d")}, false},
		{"put, put within", []Op{put("a"), in([]Op{put("a")}, nil)}, true},
		{"delete, put within", []Op{del("a", "b"), in(nil, []Op{put("a")})}, true},
		{"both branches", []Op{in([]Op{put("a")}, []Op{put("a")})}, false},
		{"siblings", []Op{in([]Op{put("a")}, nil), in(nil, []Op{put("a")})}, true},
		{"put and delete in siblings", []Op{in([]Op{put("a")}, nil), in(nil, []Op{del("a", "")})}, true},
	} {
		if got := (&Txn{Success: c.ops}).overlaps(); got != c.overlap {
			t.Errorf("%s: overlaps = %v", c.name, got)
		}
	}
}

func TestARenewedLeaseSurvivesAnExpiryOnItsWay(t *testing.T) {
	s := New(Options{})
	s.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 7, TTL: 10}})
	s.must(t, &Command{Put: &Put{Key: []byte("b"), Lease: 7}})
	s.must(t, &Command{Put: &Put{Key: []byte("a"), Lease: 7}})
	s.must(t, &Command{Put: &Put{Key: []byte("c"), Lease: 7}})
	s.must(t, put("c", "")) // detaches
	s.doAt(t, 6, &Command{LeaseKeepAlive: &LeaseKeepAlive{ID: 7}})
	if r := s.do(t, &Command{LeaseExpire: &LeaseExpire{ID: 7, Generation: 0}}); r.Err != ErrLeaseRenewed {
		t.Fatal(r.Err)
	}
	ttl := s.Query(&TimeToLive{ID: 7, Keys: true}).(*LeaseStatus)
	if fmt.Sprintf("%s", ttl.Keys) != "[a b]" || ttl.Generation != 6 {
		t.Fatalf("keys %s, generation %d", ttl.Keys, ttl.Generation)
	}
	before := s.Revision()
	s.must(t, &Command{LeaseExpire: &LeaseExpire{ID: 7, Generation: 6}})
	expect(t, s.show(t, everything()), "c=@5(4,2) of 1")
	if s.Revision() != before+1 {
		t.Fatal("the keys of a lease go in one revision")
	}
	if r := s.do(t, &Command{Put: &Put{Key: []byte("a"), Lease: 7}}); r.Err != ErrLeaseNotFound {
		t.Fatal(r.Err)
	}
}

func TestTheAlarmRefusesWhatGrowsUntilItIsTakenBack(t *testing.T) {
	s := New(Options{Quota: 100})
	s.must(t, put("a", string(make([]byte, 200))))
	if !s.Full() {
		t.Fatal("not full")
	}
	s.must(t, &Command{AlarmActivate: &AlarmActivate{Kind: AlarmNoSpace, Member: 3}})
	refused := &Command{Txn: &Txn{Failure: []Op{{Txn: &Txn{Success: []Op{{Put: &Put{Key: []byte("x")}}}}}}}}
	for _, c := range []*Command{put("b", ""), refused, {LeaseGrant: &LeaseGrant{ID: 1}}} {
		if r := s.do(t, c); r.Err != ErrNoSpace {
			t.Fatal(r.Err)
		}
	}
	s.must(t, remove("a", ""))
	s.must(t, &Command{AlarmDeactivate: &AlarmDeactivate{Kind: AlarmNoSpace, Member: 3}})
	s.must(t, put("b", ""))
}

func TestRangeSortsFiltersAndLimits(t *testing.T) {
	s := New(Options{})
	for _, kv := range []string{"a3", "b1", "c2", "b4"} { // b twice
		s.must(t, put(kv[:1], kv[1:]))
	}
	all := func(change func(*Range)) *Range {
		q := everything()
		change(q)
		return q
	}
	for _, c := range []struct {
		q    *Range
		want string
	}{
		{all(func(q *Range) { q.SortOrder = SortDescend }), "c=2@4(4,1) b=4@5(3,2) a=3@2(2,1) of 3"},
		{all(func(q *Range) { q.SortTarget = SortByValue }), "c=2@4(4,1) a=3@2(2,1) b=4@5(3,2) of 3"},
		{all(func(q *Range) { q.SortTarget, q.SortOrder, q.Limit = SortByMod, SortDescend, 1 }), "b=4@5(3,2) of 3"},
		{all(func(q *Range) { q.Limit = 2 }), "a=3@2(2,1) b=4@5(3,2) of 3"},
		{all(func(q *Range) { q.MinModRevision = 4 }), "b=4@5(3,2) c=2@4(4,1) of 3"},
		{all(func(q *Range) { q.MaxCreateRevision = 3 }), "a=3@2(2,1) b=4@5(3,2) of 3"},
		{all(func(q *Range) { q.KeysOnly, q.SortTarget = true, SortByValue }), "c=@4(4,1) a=@2(2,1) b=@5(3,2) of 3"},
		{all(func(q *Range) { q.CountOnly = true }), "of 3"},
		{all(func(q *Range) { q.Revision, q.Limit = 3, 1 }), "a=3@2(2,1) of 2"},
		{&Range{Key: []byte("a"), RangeEnd: []byte("b")}, "a=3@2(2,1) of 1"},
		{&Range{Key: []byte("c"), RangeEnd: []byte("a")}, "of 0"},
		{all(func(q *Range) { q.Revision = 9 }), ErrFutureRevision.Error()},
	} {
		expect(t, s.show(t, c.q), c.want)
	}
}
