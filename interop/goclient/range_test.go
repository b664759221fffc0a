//go:build interop

package goclient_test

import (
	"fmt"
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

func TestPagesOfOneRevisionAreTheWhole(t *testing.T) {
	f, ctx := start(t)
	for i := range 25 {
		must(f.at[i%3].Put(ctx, fmt.Sprintf("p/%02d", i), "v"))(t)
	}
	from, rev, seen := "p/", int64(0), 0
	for page := 0; ; page++ {
		r := must(f.at[page%3].Get(ctx, from, clientv3.WithRange("p0"), clientv3.WithLimit(10), clientv3.WithRev(rev)))(t)
		if rev == 0 {
			rev = r.Header.Revision
			must(f.at[0].Delete(ctx, "p/2", clientv3.WithPrefix()))(t) // behind the back of the reader
		}
		if want := int64(25 - seen); r.Count != want || r.More != (want > 10) {
			t.Errorf("page %d: count %d, more %t; want %d", page, r.Count, r.More, want)
		}
		seen += len(r.Kvs)
		if !r.More {
			break
		}
		from = string(r.Kvs[len(r.Kvs)-1].Key) + "\x00"
	}
	if seen != 25 {
		t.Errorf("%d of 25 keys", seen)
	}
}

func TestRangesAreSortedFilteredAndCounted(t *testing.T) {
	f, ctx := start(t)
	for i, kv := range []string{"c3", "a1", "b2", "a9", "d0"} { // revisions 2 to 6; a twice
		must(f.at[i%3].Put(ctx, kv[:1], kv[1:]))(t)
	}
	for _, test := range []struct {
		name string
		with []clientv3.OpOption
		want string
	}{
		{"plain", nil, "a=9 b=2 c=3 d=0"},
		{"from b on", []clientv3.OpOption{clientv3.WithRange("\x00")}, "a=9 b=2 c=3 d=0"},
		{"by value", []clientv3.OpOption{clientv3.WithSort(clientv3.SortByValue, clientv3.SortAscend)}, "d=0 b=2 c=3 a=9"},
		{"by creation, newest first", []clientv3.OpOption{clientv3.WithSort(clientv3.SortByCreateRevision, clientv3.SortDescend)}, "d=0 b=2 a=9 c=3"},
		{"by change", []clientv3.OpOption{clientv3.WithSort(clientv3.SortByModRevision, clientv3.SortAscend)}, "c=3 b=2 a=9 d=0"},
		{"by version, descending", []clientv3.OpOption{clientv3.WithSort(clientv3.SortByVersion, clientv3.SortDescend), clientv3.WithLimit(1)}, "a=9"},
		{"two of the largest", []clientv3.OpOption{clientv3.WithSort(clientv3.SortByKey, clientv3.SortDescend), clientv3.WithLimit(2)}, "d=0 c=3"},
		{"changed since 4", []clientv3.OpOption{clientv3.WithMinModRev(4)}, "a=9 b=2 d=0"},
		{"changed until 4", []clientv3.OpOption{clientv3.WithMaxModRev(4)}, "b=2 c=3"},
		{"created since 4", []clientv3.OpOption{clientv3.WithMinCreateRev(4)}, "b=2 d=0"},
		{"created until 3", []clientv3.OpOption{clientv3.WithMaxCreateRev(3)}, "a=9 c=3"},
		{"as it was at 4", []clientv3.OpOption{clientv3.WithRev(4)}, "a=1 b=2 c=3"},
		{"keys only", []clientv3.OpOption{clientv3.WithKeysOnly()}, "a= b= c= d="},
		{"count only", []clientv3.OpOption{clientv3.WithCountOnly()}, ""},
	} {
		for i, c := range f.at {
			r := must(c.Get(ctx, "\x00", append([]clientv3.OpOption{clientv3.WithFromKey()}, test.with...)...))(t)
			if got := pairs(r); got != test.want {
				t.Errorf("%s, host %d: %s, want %s", test.name, i, got, test.want)
			}
			if test.name == "count only" && (r.Count != 4 || r.More) {
				t.Errorf("%s: count %d, more %t", test.name, r.Count, r.More)
			}
		}
	}
}

func TestTransactionsNestAndCompareRanges(t *testing.T) {
	f, ctx := start(t)
	for i, k := range []string{"in/1", "in/2", "in/3"} {
		must(f.at[i].Put(ctx, k, "paid"))(t)
	}
	allPaid := clientv3.Compare(clientv3.Value("in/"), "=", "paid").WithPrefix()
	inner := clientv3.OpTxn(
		[]clientv3.Cmp{clientv3.Compare(clientv3.Version("done"), "=", 0)},
		[]clientv3.Op{clientv3.OpPut("done", "1"), clientv3.OpGet("done")},
		[]clientv3.Op{clientv3.OpGet("done")},
	)
	outer := func(c *clientv3.Client) *clientv3.TxnResponse {
		return must(c.Txn(ctx).If(allPaid).Then(clientv3.OpDelete("in/1"), inner).Else(clientv3.OpGet("in/", clientv3.WithPrefix())).Commit())(t)
	}
	first := outer(f.at[0])
	nested := first.Responses[1].GetResponseTxn()
	if !first.Succeeded || first.Responses[0].GetResponseDeleteRange().Deleted != 1 || !nested.Succeeded ||
		string(nested.Responses[1].GetResponseRange().Kvs[0].Value) != "1" || first.Header.Revision != 5 {
		t.Errorf("%v", first)
	}
	second := outer(f.at[1])
	nested = second.Responses[1].GetResponseTxn()
	if !second.Succeeded || nested.Succeeded || string(nested.Responses[0].GetResponseRange().Kvs[0].Value) != "1" || second.Header.Revision != 5 {
		t.Errorf("%v", second)
	}
	must(f.at[2].Put(ctx, "in/2", "owed"))(t)
	third := outer(f.at[2])
	if third.Succeeded || len(third.Responses[0].GetResponseRange().Kvs) != 2 {
		t.Errorf("%v", third)
	}
	if r := must(f.at[0].Get(ctx, "done"))(t); r.Kvs[0].CreateRevision != 5 || r.Kvs[0].ModRevision != 5 {
		t.Errorf("all changes of a transaction have its revision: %v", r.Kvs[0])
	}
}

func TestAStreamedRangeIsTheWholeOfOneRevision(t *testing.T) {
	f, ctx := start(t)
	for i := range 40 {
		must(f.at[i%3].Put(ctx, fmt.Sprintf("s/%02d", i), strings.Repeat("x", 100<<10)))(t)
	}
	for i, c := range f.at {
		stream := must(c.GetStream(ctx, "s/", clientv3.WithPrefix()))(t)
		r := must(clientv3.GetStreamToGetResponse(stream))(t)
		if len(r.Kvs) != 40 || r.Count != 40 || r.More || r.Header.Revision != 41 {
			t.Errorf("host %d: %d keys, count %d, more %t, revision %d", i, len(r.Kvs), r.Count, r.More, r.Header.Revision)
		}
	}
}
