package kv

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is the store as one would explain it: a copy of the whole state for
// each revision.
type model struct {
	states    []map[string]KeyValue // by revision
	compacted Revision
	leases    map[LeaseID]bool
	events    []string // by revision, rendered
}

func newModel() *model {
	return &model{compacted: -1, states: make([]map[string]KeyValue, 2), leases: map[LeaseID]bool{}, events: make([]string, 2)}
}

func (m *model) rev() Revision { return Revision(len(m.states) - 1) }

// draft is a state in the making.
type draft struct {
	kvs    map[string]KeyValue
	events []string
	rev    Revision
}

func (m *model) begin() *draft {
	d := &draft{kvs: map[string]KeyValue{}, rev: m.rev() + 1}
	for k, v := range m.states[m.rev()] {
		d.kvs[k] = v
	}
	return d
}

func (m *model) end(d *draft) {
	if len(d.events) > 0 {
		m.states = append(m.states, d.kvs)
		m.events = append(m.events, strings.Join(d.events, " "))
	}
}

func (d *draft) put(p *Put) {
	kv := d.kvs[string(p.Key)]
	if kv.Version == 0 {
		kv.CreateRevision = d.rev
	}
	kv.Key, kv.ModRevision, kv.Version = p.Key, d.rev, kv.Version+1
	if !p.IgnoreValue {
		kv.Value = p.Value
	}
	if !p.IgnoreLease {
		kv.Lease = p.Lease
	}
	d.kvs[string(p.Key)] = kv
	d.events = append(d.events, fmt.Sprintf("%s=%s", kv.Key, kv.Value))
}

func (d *draft) remove(in func(KeyValue) bool) (n int64) {
	for _, kv := range d.sorted(in) {
		delete(d.kvs, string(kv.Key))
		d.events = append(d.events, fmt.Sprintf("%s!", kv.Key))
		n++
	}
	return n
}

func (d *draft) sorted(in func(KeyValue) bool) []KeyValue { return sorted(d.kvs, in) }

func sorted(kvs map[string]KeyValue, in func(KeyValue) bool) (list []KeyValue) {
	for _, kv := range kvs {
		if in(kv) {
			list = append(list, kv)
		}
	}
	sort.Slice(list, func(i, j int) bool { return bytes.Compare(list[i].Key, list[j].Key) < 0 })
	return list
}

func within(key, end []byte) func(KeyValue) bool {
	return func(kv KeyValue) bool {
		switch k := string(kv.Key); {
		case len(end) == 0:
			return k == string(key)
		case string(end) == "\x00":
			return k >= string(key)
		default:
			return k >= string(key) && k < string(end)
		}
	}
}

func (d *draft) txn(t *Txn, pre map[string]KeyValue) (took string) {
	holds := true
	for _, c := range t.Compare {
		matched := sorted(pre, within(c.Key, c.RangeEnd))
		if len(matched) == 0 && c.Target == CompareValue {
			holds = false
		}
		if len(matched) == 0 {
			matched = []KeyValue{{}}
		}
		for _, kv := range matched {
			order := cmp.Compare(map[CompareTarget]int64{
				CompareVersion: kv.Version, CompareCreate: int64(kv.CreateRevision),
				CompareMod: int64(kv.ModRevision), CompareLease: int64(kv.Lease),
			}[c.Target], c.Number)
			if c.Target == CompareValue {
				order = bytes.Compare(kv.Value, c.Value)
			}
			if !map[Relation]bool{Equal: order == 0, Less: order < 0, Greater: order > 0, NotEqual: order != 0}[c.Relation] {
				holds = false
			}
		}
	}
	ops := t.Failure
	if holds {
		ops = t.Success
	}
	took = fmt.Sprint(holds)
	for _, op := range ops {
		switch {
		case op.Put != nil:
			d.put(op.Put)
		case op.DeleteRange != nil:
			d.remove(within(op.DeleteRange.Key, op.DeleteRange.RangeEnd))
		case op.Txn != nil:
			took += d.txn(op.Txn, pre)
		}
	}
	return took
}

func branchesTaken(r *TxnResult) string {
	took := fmt.Sprint(r.Succeeded)
	for _, in := range r.Results {
		if in.Txn != nil {
			took += branchesTaken(in.Txn)
		}
	}
	return took
}

// The generators keep to few keys, so that commands meet.
var (
	someKey   = rapid.Custom(func(t *rapid.T) []byte { return []byte{byte('a' + rapid.IntRange(0, 5).Draw(t, "key"))} })
	someEnd   = rapid.SampledFrom([][]byte{nil, nil, {0}, []byte("b"), []byte("d"), []byte("f")})
	someLease = rapid.SampledFrom([]LeaseID{0, 0, 0, 1, 2})
)

func somePut(t *rapid.T) *Put {
	return &Put{Key: someKey.Draw(t, "k"), Value: []byte(rapid.StringMatching(`[x-z]{0,2}`).Draw(t, "v")), Lease: someLease.Draw(t, "lease")}
}

func someDelete(t *rapid.T) *DeleteRange {
	return &DeleteRange{Key: someKey.Draw(t, "k"), RangeEnd: someEnd.Draw(t, "end"), PrevKV: true}
}

func someTxn(t *rapid.T, depth int) *Txn {
	ops := func(name string) (ops []Op) {
		for range rapid.IntRange(0, 3).Draw(t, name) {
			switch kind := rapid.IntRange(0, 3).Draw(t, "op"); {
			case kind == 0:
				ops = append(ops, Op{DeleteRange: someDelete(t)})
			case kind == 1 && depth > 0:
				ops = append(ops, Op{Txn: someTxn(t, depth-1)})
			case kind == 2:
				ops = append(ops, Op{Range: &Range{Key: someKey.Draw(t, "k"), RangeEnd: someEnd.Draw(t, "end")}})
			default:
				ops = append(ops, Op{Put: somePut(t)})
			}
		}
		return ops
	}
	txn := &Txn{Success: ops("then"), Failure: ops("else")}
	for range rapid.IntRange(0, 2).Draw(t, "compares") {
		txn.Compare = append(txn.Compare, Compare{
			Key: someKey.Draw(t, "k"), RangeEnd: someEnd.Draw(t, "end"),
			Target:   CompareTarget(rapid.IntRange(0, 4).Draw(t, "target")),
			Relation: Relation(rapid.IntRange(0, 3).Draw(t, "relation")),
			Number:   rapid.Int64Range(0, 9).Draw(t, "n"), Value: []byte("x"),
		})
	}
	return txn
}

// twins are the store, the same store fed through snapshots, and the model.
type twins struct {
	s, other *Store
	m        *model
	watcher  *recorder
	w        *Watcher
}

func (x *twins) do(t *rapid.T, c *Command) *Result {
	raw := x.s.Apply(0, c.Encode())
	if again := x.other.Apply(0, c.Encode()); !bytes.Equal(raw, again) {
		t.Fatalf("two replicas answer differently: %x, %x", raw, again)
	}
	if x.s.Digest() != x.other.Digest() {
		t.Fatal("two replicas have different digests")
	}
	r, err := DecodeResult(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (x *twins) leaseKnown(p *Put) bool { return p.Lease == 0 || x.m.leases[p.Lease] }

func (x *twins) leasesKnown(ops []Op) bool {
	for _, op := range ops {
		if op.Put != nil && !x.leaseKnown(op.Put) {
			return false
		}
		if op.Txn != nil && !(x.leasesKnown(op.Txn.Success) && x.leasesKnown(op.Txn.Failure)) {
			return false
		}
	}
	return true
}

func (x *twins) Put(t *rapid.T) {
	p := somePut(t)
	p.IgnoreValue = len(p.Value) == 0 && rapid.Bool().Draw(t, "ignore value")
	p.IgnoreLease = p.Lease == 0 && rapid.Bool().Draw(t, "ignore lease")
	r := x.do(t, &Command{Put: p})
	d := x.m.begin()
	_, exists := d.kvs[string(p.Key)]
	switch {
	case !x.leaseKnown(p):
		if r.Err != ErrLeaseNotFound {
			t.Fatal(r.Err)
		}
	case !exists && (p.IgnoreLease || p.IgnoreValue):
		if r.Err != ErrKeyNotFound {
			t.Fatal(r.Err)
		}
	default:
		d.put(p)
	}
	x.m.end(d)
}

func (x *twins) Delete(t *rapid.T) {
	c := someDelete(t)
	r := x.do(t, &Command{DeleteRange: c})
	d := x.m.begin()
	if n := d.remove(within(c.Key, c.RangeEnd)); n != r.DeleteRange.Count || n != int64(len(r.DeleteRange.Prev)) {
		t.Fatalf("deleted %d, want %d", r.DeleteRange.Count, n)
	}
	x.m.end(d)
}

func (x *twins) Txn(t *rapid.T) {
	c := someTxn(t, 2)
	r := x.do(t, &Command{Txn: c})
	if r.Err != 0 {
		if r.Err == ErrDuplicateKey && c.overlaps() {
			return
		}
		if r.Err == ErrLeaseNotFound && !(x.leasesKnown(c.Success) && x.leasesKnown(c.Failure)) {
			return
		}
		t.Fatal(r.Err)
	}
	d := x.m.begin()
	if took := d.txn(c, x.m.states[x.m.rev()]); took != branchesTaken(r.Txn) {
		t.Fatalf("took %s, want %s", branchesTaken(r.Txn), took)
	}
	x.m.end(d)
}

func (x *twins) Compact(t *rapid.T) {
	at := Revision(rapid.Int64Range(0, int64(x.m.rev())+1).Draw(t, "at"))
	r := x.do(t, compact(at))
	switch {
	case at <= x.m.compacted:
		if r.Err != ErrCompacted {
			t.Fatal(r.Err)
		}
	case at > x.m.rev():
		if r.Err != ErrFutureRevision {
			t.Fatal(r.Err)
		}
	default:
		x.m.compacted = at
	}
}

func (x *twins) Lease(t *rapid.T) {
	id := LeaseID(rapid.IntRange(1, 2).Draw(t, "id"))
	if !x.m.leases[id] {
		x.do(t, &Command{LeaseGrant: &LeaseGrant{ID: id, TTL: 5}})
		x.m.leases[id] = true
		return
	}
	x.do(t, &Command{LeaseRevoke: &LeaseRevoke{ID: id}})
	delete(x.m.leases, id)
	d := x.m.begin()
	d.remove(func(kv KeyValue) bool { return kv.Lease == id })
	x.m.end(d)
}

// Snapshot moves the other store to what it wrote itself.
func (x *twins) Snapshot(t *rapid.T) {
	var first, second bytes.Buffer
	if _, err := x.other.Capture().WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	x.other = New(Options{})
	if err := x.other.Restore(bytes.NewReader(first.Bytes())); err != nil {
		t.Fatal(err)
	}
	x.other.Capture().WriteTo(&second)
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatal("a restored state is written differently")
	}
}

func (x *twins) Watch(t *rapid.T) {
	if rapid.Bool().Draw(t, "reads") {
		x.watcher.room = 1 << 30
		x.watcher.catchUp(x.w)
		return
	}
	x.watcher.room = rapid.IntRange(0, 2).Draw(t, "room")
}

// Clean cleans some slab, needful or not.
func (x *twins) Clean(t *rapid.T) {
	a := x.s.arena
	slab := rapid.IntRange(0, 1<<20).Draw(t, "slab") % max(1, len(a.slabs))
	if a.victim >= 0 || len(a.slabs) == 0 || a.slabs[slab] == nil || slab == a.open {
		return
	}
	a.victim, a.reached = slab, 0
	for a.victim >= 0 {
		x.s.clean()
	}
}

// Check compares everything that can be asked.
func (x *twins) Check(t *rapid.T) {
	if x.s.Revision() != x.m.rev() {
		t.Fatalf("revision %d, want %d", x.s.Revision(), x.m.rev())
	}
	key, end := someKey.Draw(t, "check key"), someEnd.Draw(t, "check end")
	at := Revision(rapid.Int64Range(1, int64(x.m.rev())).Draw(t, "check at"))
	limit := rapid.Int64Range(0, 3).Draw(t, "limit")
	got := x.s.Query(&Range{Key: key, RangeEnd: end, Revision: at, Limit: limit}).(*RangeResult)
	if at < x.m.compacted {
		if got.Err != ErrCompacted {
			t.Fatal(got.Err)
		}
		return
	}
	want := sorted(x.m.states[at], within(key, end))
	if got.Count != int64(len(want)) {
		t.Fatalf("count %d, want %d", got.Count, len(want))
	}
	if limit > 0 && int64(len(want)) > limit {
		want = want[:limit]
	}
	if !slices.EqualFunc(got.KVs, want, sameKV) {
		t.Fatalf("at %d [%s,%s):\ngot  %+v\nwant %+v", at, key, end, got.KVs, want)
	}
	a, b := x.s.pin().HashKV(&HashKV{Revision: at}), x.other.pin().HashKV(&HashKV{Revision: at})
	if a.Err != 0 || a.Hash != b.Hash {
		t.Fatalf("hashes %+v, %+v", a, b)
	}
}

func sameKV(a, b KeyValue) bool {
	return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) && a.Lease == b.Lease &&
		a.Version == b.Version && a.ModRevision == b.ModRevision && a.CreateRevision == b.CreateRevision
}

func TestStoreDoesWhatACopyOfEveryStateWouldDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &twins{s: New(Options{}), other: New(Options{}), m: newModel(), watcher: &recorder{room: 1 << 30}}
		x.s.arena.most = 128 // so that there is something to clean
		x.w = x.s.Watch(WatchRequest{Key: []byte{0}, RangeEnd: []byte{0}, Sink: x.watcher})
		many(t, x.Check, x.Put, x.Put, x.Put, x.Delete, x.Txn, x.Txn, x.Compact, x.Lease, x.Snapshot, x.Watch, x.Clean)
		x.watcher.room = 1 << 30
		x.watcher.catchUp(x.w)
		if x.watcher.compacted == 0 {
			expectEvents(t, x.watcher.got, x.m.events)
		}
	})
}

// many runs some hundred of the actions, and check after each. (rapid's Repeat
// stops after a handful.)
func many(t *rapid.T, check func(*rapid.T), actions ...func(*rapid.T)) {
	for range rapid.IntRange(1, 300).Draw(t, "steps") {
		actions[rapid.IntRange(0, len(actions)-1).Draw(t, "action")](t)
		check(t)
	}
}

// expectEvents demands all events of all revisions, in order.
func expectEvents(t *rapid.T, got, want []string) {
	want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "" })
	if !slices.Equal(got, want) {
		t.Fatalf("watched %q\nwant    %q", got, want)
	}
}
